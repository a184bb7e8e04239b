using System.Globalization;

namespace ML.Robustness.Layers;

/// <summary>The text of a list of names in an error, those nearest to what was asked for first.</summary>
internal static class NearestNames
{
    private const int Most = 12;

    public static string Text(string asked, IReadOnlyList<string> names)
    {
        var text = string.Join(", ", names.OrderBy(name => Distance(asked, name)).Take(Most).Select(name => $"'{name}'"));
        return names.Count <= Most
            ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text} and {names.Count - Most} others");
    }

    /// <summary>The least number of characters to insert, leave out or exchange (Levenshtein).</summary>
    private static int Distance(string first, string second)
    {
        var before = Enumerable.Range(0, second.Length + 1).ToArray();
        for (var i = 0; i < first.Length; i++)
        {
            var row = new int[before.Length];
            row[0] = i + 1;
            for (var j = 0; j < second.Length; j++)
                row[j + 1] = Math.Min(Math.Min(row[j], before[j + 1]) + 1, before[j] + (first[i] == second[j] ? 0 : 1));
            before = row;
        }
        return before[^1];
    }
}
