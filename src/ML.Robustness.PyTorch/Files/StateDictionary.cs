namespace ML.Robustness.PyTorch.Files;

/// <summary>A dictionary of a file that names tensors.</summary>
/// <param name="Key">The keys that lead to it, with dots between them; empty for the whole content of the file.</param>
/// <param name="Tensors">The tensors by their names.</param>
internal sealed record StateDictionary(string Key, IReadOnlyDictionary<string, StoredTensor> Tensors)
{
    private const int MostKeys = 4;

    /// <summary>Finds the dictionaries that hold tensors themselves: the content, and dictionaries inside it.</summary>
    internal static List<StateDictionary> AllOf(object? content)
    {
        var (found, seen) = (new List<StateDictionary>(), new HashSet<object>(ReferenceEqualityComparer.Instance));
        var open = new Queue<(string Key, int Keys, PickleDictionary Dictionary)>();
        if (content is PickleDictionary root)
            open.Enqueue(("", 0, root));
        while (open.TryDequeue(out var next))
        {
            if (!seen.Add(next.Dictionary))
                continue;
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            foreach (var (name, value) in next.Dictionary)
            {
                if (value is StoredTensor tensor)
                    tensors[name] = tensor;
                else if (value is PickleDictionary inner && next.Keys < MostKeys)
                    open.Enqueue((next.Key.Length == 0 ? name : $"{next.Key}.{name}", next.Keys + 1, inner));
            }

            if (tensors.Count > 0)
                found.Add(new StateDictionary(next.Key, tensors));
        }

        return found;
    }
}
