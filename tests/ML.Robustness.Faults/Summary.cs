using System.Globalization;
using System.Text;

namespace ML.Robustness.Faults;

/// <summary>The tables of a run, and whether every number that must be zero is.</summary>
internal sealed class Summary
{
    private readonly StringBuilder _text = new();
    private int _taken;

    /// <summary>Whether a number that must be zero is not.</summary>
    internal bool HasFaults { get; private set; }

    /// <summary>Adds a table.</summary>
    /// <param name="title">The title.</param>
    /// <param name="columns">The names of the numbers; those that must be zero end in an exclamation mark.</param>
    /// <param name="rows">A name and a number for each column.</param>
    internal void Add(string title, IReadOnlyList<string> columns, IEnumerable<(string Name, IReadOnlyList<long> Numbers)> rows)
    {
        var all = rows.ToList();
        if (all.Count > 1)
            all.Add(("all", [.. columns.Select((_, place) => all.Sum(row => row.Numbers[place]))]));
        Line($"{title}\n");
        Line($"| | {string.Join(" | ", columns.Select(column => column.TrimEnd('!')))} |");
        Line($"| --- |{string.Concat(Enumerable.Repeat(" ---: |", columns.Count))}");
        foreach (var (name, numbers) in all)
            Line($"| {name} | {string.Join(" | ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))} |");
        Line("");
        HasFaults |= all.Exists(row => row.Numbers.Where((number, place) => columns[place].EndsWith('!') && number > 0).Any());
    }

    /// <summary>Adds a sentence.</summary>
    internal void Line(string text) => _text.Append(text).Append('\n');

    /// <summary>Adds what went wrong, which is also printed at once.</summary>
    internal void Fault(string text)
    {
        Console.WriteLine(text);
        HasFaults = true;
    }

    /// <summary>The text that came since the last call.</summary>
    internal string TakeNew()
    {
        var text = _text.ToString(_taken, _text.Length - _taken);
        _taken = _text.Length;
        return text;
    }

    public override string ToString() => _text.ToString();
}
