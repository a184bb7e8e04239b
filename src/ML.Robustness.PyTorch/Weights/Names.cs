namespace ML.Robustness.PyTorch.Weights;

/// <summary>The names of parameters and buffers: their common beginnings, and their lists in messages.</summary>
internal static class Names
{
    private const int MostShown = 5;

    /// <summary>The beginnings that all of the names have, each up to a dot: the empty one first, the longest last.</summary>
    internal static IEnumerable<string> CommonPrefixes(IReadOnlyCollection<string> names)
    {
        var prefix = "";
        while (true)
        {
            yield return prefix;
            var dot = names.FirstOrDefault()?.IndexOf('.', prefix.Length) ?? -1;
            if (dot < 0)
                yield break;
            prefix = names.First()[..(dot + 1)];
            if (!names.All(name => name.StartsWith(prefix, StringComparison.Ordinal)))
                yield break;
        }
    }

    /// <summary>The first of a list, and how many more there are.</summary>
    internal static string Shortened(IReadOnlyCollection<string> items) => string.Join(", ", items.Take(MostShown))
        + (items.Count > MostShown ? $" and {items.Count - MostShown} more" : "");
}
