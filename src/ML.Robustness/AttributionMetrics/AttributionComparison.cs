using System.Globalization;
using System.Text;

namespace ML.Robustness.AttributionMetrics;

/// <summary>A comparison of the attribution quality of several networks.</summary>
public sealed class AttributionComparison
{
    private readonly (string Name, AttributionQualityReport Report)[] _models;

    /// <summary>Creates a comparison.</summary>
    /// <param name="models">
    /// Reports by the names of their networks, in the order of the table: one or more, of the same rows and method.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There are none, two have one name, or they are of different rows or methods.
    /// </exception>
    public AttributionComparison(IEnumerable<(string Name, AttributionQualityReport Report)> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        _models = [.. models];
        if (_models.Length == 0)
            throw new ArgumentException("A comparison needs one model or more.", nameof(models));
        if (_models.DistinctBy(model => model.Name).Count() < _models.Length)
            throw new ArgumentException(
                "The names of the models must differ, got " +
                $"{string.Join(", ", _models.Select(model => $"'{model.Name}'"))}.", nameof(models));
        var first = _models[0];
        if (Array.Find(_models,
            model => model.Report.Method != first.Report.Method
            || model.Report.Rows != first.Report.Rows) is { Report: { } other } odd)
            throw new ArgumentException(
                $"'{first.Name}' was explained by {first.Report.Method} on {first.Report.Rows} rows, but '{odd.Name}' by " +
                $"{other.Method} on {other.Rows}: compare models on the same rows and method.", nameof(models));
    }

    /// <summary>The names of the networks, in the order of the table.</summary>
    public IReadOnlyList<string> Names => [.. _models.Select(model => model.Name)];

    /// <summary>Returns a network's report.</summary>
    /// <param name="name">The network's name.</param>
    /// <exception cref="KeyNotFoundException">There is no such network.</exception>
    public AttributionQualityReport this[string name] => Array.Find(_models, model => model.Name == name).Report
        ?? throw new KeyNotFoundException(
            $"There is no model '{name}': the models are {string.Join(", ", _models.Select(model => $"'{model.Name}'"))}.");

    /// <summary>Merges the comparisons of parts of a data set into that of the whole.</summary>
    /// <param name="parts">
    /// Comparisons of the same networks over consecutive ranges of rows, in any order; each may be merged already.
    /// </param>
    /// <returns>The comparison of the whole; see <see cref="AttributionQualityReport.Merge"/>.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, they compare other networks, or their reports cannot be merged.
    /// </exception>
    public static AttributionComparison Merge(IEnumerable<AttributionComparison> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        AttributionComparison[] given = [.. parts];
        if (given.Length == 0)
            throw new ArgumentException("There is nothing to merge: give the results of one part or more.", nameof(parts));
        if (Array.Find(given, part => !part.Names.SequenceEqual(given[0].Names)) is { } other)
            throw new ArgumentException(
                $"The parts are of different runs: one compares {string.Join(", ", given[0].Names)}, another "
                + $"{string.Join(", ", other.Names)}. Merge the parts of one run, with the same models.", nameof(parts));
        return new AttributionComparison(
            given[0].Names.Select(name => (name, AttributionQualityReport.Merge(given.Select(part => part[name])))));
    }

    /// <summary>Returns the comparison as a table.</summary>
    /// <returns>
    /// One line a measure, a column for each network, which direction is better and what it says; in the invariant culture.
    /// </returns>
    public override string ToString()
    {
        var reports = _models.Select(model => model.Report).ToArray();
        var measures = reports.Select(report => report.Measures).ToArray();
        var margin = Math.Max(26, measures[0].Max(measure => measure.Name.Length));
        var widths = _models.Select(model => Math.Max(16, model.Name.Length)).ToArray();
        var rule = new string(' ', margin) + " ||" + string.Concat(widths.Select(width => new string('=', width + 3)))
            + new string('=', 9);
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture,
            $"Attributions by {reports[0].Method}, {reports[0].Rows} rows, means ± half of the 95 % interval");
        table.AppendLine(rule);
        Line("MEASURE", index => _models[index].Name, " BETTER");
        table.AppendLine(rule);
        for (var place = 0; place < measures[0].Count; place++)
        {
            var measure = measures[0][place];
            Line(measure.Name, index => measures[index][place].Value.ToString(), measure.HigherIsBetter ? " higher" : " lower");
        }
        table.AppendLine(rule);
        foreach (var measure in measures[0])
            table.AppendLine(CultureInfo.InvariantCulture, $"{measure.Name}: {measure.Meaning}.");
        return table.ToString();

        void Line(string name, Func<int, string> cell, string end) =>
            table.Append(name.PadRight(margin)).Append(" ||")
                .Append(string.Concat(widths.Select((width, index) => $" {cell(index).PadLeft(width)} |"))).AppendLine(end);
    }
}
