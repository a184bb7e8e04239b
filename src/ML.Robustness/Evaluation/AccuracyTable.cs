using System.Globalization;
using System.Text;

namespace ML.Robustness.Evaluation;

/// <summary>A table of accuracies: a column for each network, a line for each way in which its inputs were changed.</summary>
internal static class AccuracyTable
{
    private const int LeastMargin = 10, LeastWidth = 8;

    /// <summary>Writes the table in the invariant culture.</summary>
    /// <param name="heading">What stands above the lines' names.</param>
    /// <param name="networks">The names of the networks.</param>
    /// <param name="lines">Each line's name and accuracies, one for each network.</param>
    internal static string Text(
        string heading, IReadOnlyList<string> networks, IReadOnlyList<(string Name, IEnumerable<double> Accuracies)> lines)
    {
        var margin = Math.Max(LeastMargin, lines.Max(line => line.Name.Length));
        var widths = networks.Select(name => Math.Max(LeastWidth, name.Length)).ToArray();
        var rule = new string(' ', margin) + " ||" + string.Concat(widths.Select(width => new string('=', width + 3)));
        var table = new StringBuilder().AppendLine(rule);
        AddLine(heading, networks);
        table.AppendLine(rule);
        foreach (var (name, accuracies) in lines)
            AddLine(name, accuracies.Select(accuracy => accuracy.ToString("F4", CultureInfo.InvariantCulture)));
        return table.ToString();

        void AddLine(string name, IEnumerable<string> cells) =>
            table.Append(name.PadRight(margin)).Append(" ||")
                .AppendLine(string.Concat(cells.Zip(widths, (cell, width) => $" {cell.PadLeft(width)} |")));
    }
}
