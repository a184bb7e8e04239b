namespace GoldenTests;

/// <summary>The facts that the stand-ins do not imitate: <c>file.json | case title | reason</c>, one a line.</summary>
public sealed class NotImitated
{
    private readonly HashSet<(string File, string Case)> _cases = [];

    public static NotImitated Read(string path)
    {
        var list = new NotImitated();
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(" | ");
            if (parts.Length < 3)
                throw new InvalidDataException($"'{line}' is not of the form 'file.json | case title | reason'.");
            _ = list._cases.Add((parts[0], string.Join(" | ", parts[1..^1])));
        }
        return list;
    }

    public bool Contains(FactFile file, FactCase fact) => _cases.Contains((file.Name, OneLine(fact.Title)));

    /// <summary>Entries that name no case at all.</summary>
    public IEnumerable<string> Unknown(IEnumerable<FactFile> files)
    {
        var known = files.SelectMany(file => file.Cases.Select(fact => (file.Name, OneLine(fact.Title)))).ToHashSet();
        return _cases.Where(entry => !known.Contains(entry)).Select(entry => $"{entry.File} | {entry.Case}");
    }

    public static string OneLine(string title) => title.Replace("\n", "\\n").Trim();
}
