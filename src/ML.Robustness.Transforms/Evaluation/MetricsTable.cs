using System.Globalization;
using System.Text;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>Robustness metrics as text.</summary>
internal static class MetricsTable
{
    private const int CellWidth = 5;

    internal static string Of(RobustnessMetrics metrics)
    {
        var text = new StringBuilder();
        var report = metrics.Report;
        Write($"Robustness under {report.ThreatModel}, {report.Rows} rows");
        var margin = Math.Max("exact worst case".Length, report.Attacks.Max(attack => attack.Name.Length));
        var rule = $"{new string(' ', margin)} ||{new string('=', 48)}";
        Write($"{rule}");
        Write($"{"ATTACK".PadRight(margin)} || Accuracy |    Rows |  Broken |   Queries |    Time");
        Write($"{rule}");
        Write($"{"none".PadRight(margin)} || {report.CleanAccuracy,8:F4} |");
        foreach (var attack in report.Attacks)
        {
            var (name, accuracy) = (attack.Name.PadRight(margin), attack.Accuracy ?? attack.AccuracyAfter);
            var seconds = attack.Duration.TotalSeconds;
            var (rows, successes) = (attack.RowsAttacked, attack.Successes);
            Write($"{name} || {accuracy,8:F4} | {rows,7} | {successes,7} | {attack.Queries,9} | {seconds,5:F1} s");
        }
        Write($"{rule}");
        Write($"{"worst case".PadRight(margin)} || {report.RobustAccuracy,8:F4} | 95 % within {report.Interval}");
        if (report.ExactRobustAccuracy is { } exact)
            Write($"{"exact worst case".PadRight(margin)} || {exact,8:F4} | closed form of the linear model");
        if (report.MeanDistance is { } mean && report.MedianDistance is { } median)
            Write($"Distance of what broke a row: mean {mean:G4}, median {median:G4}");
        foreach (var point in report.Curve)
        {
            var radius = string.Create(CultureInfo.InvariantCulture, $"radius {point.Epsilon}").PadRight(margin);
            Write($"{radius} || {point.RobustAccuracy,8:F4} | 95 % within {point.Interval}");
        }
        AppendConfusion(text, metrics);
        if (metrics.NoGradients is { } reason)
            Write($"Note: the model was attacked by its scores alone: {reason}.");
        foreach (var message in report.Messages)
            Write($"Note: {message}");
        foreach (var warning in report.Warnings)
            Write($"Warning: {warning}");
        return text.ToString();

        void Write(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    // Names that do not fit above a column stand beside the rows with their numbers.
    private static void AppendConfusion(StringBuilder text, RobustnessMetrics metrics)
    {
        var report = metrics.Report;
        var classes = report.Classes.Count;
        var names = Enumerable.Range(0, classes)
            .Select(index => index < metrics.ClassNames.Count ? metrics.ClassNames[index] : $"{index}").ToArray();
        var isNumbered = names.Any(name => name.Length > CellWidth);
        var titles = names.Select((name, index) => isNumbered ? $"{index}. {name}" : name).ToArray();
        var margin = Math.Max("PREDICTED".Length, titles.Max(title => title.Length));
        var rule = " ||" + string.Concat(Enumerable.Repeat(new string('=', CellWidth + 3), classes)) + new string('=', 17);
        text.AppendLine().AppendLine("Confusion table under attack");
        text.Append(' ', margin).AppendLine(rule);
        text.Append("PREDICTED".PadRight(margin)).Append(" ||");
        for (var index = 0; index < classes; index++)
            text.Append(' ').Append((isNumbered ? $"{index}" : names[index]).PadLeft(CellWidth)).Append(" |");
        text.AppendLine(" Robust |  Clean").Append("TRUTH".PadRight(margin)).AppendLine(rule);
        foreach (var outcome in report.Classes)
        {
            text.Append(titles[outcome.Class].PadLeft(margin)).Append(" ||");
            foreach (var count in report.Confusion[outcome.Class])
                text.Append(CultureInfo.InvariantCulture, $" {count,CellWidth} |");
            text.AppendLine(CultureInfo.InvariantCulture, $" {outcome.RobustAccuracy,6:F4} | {outcome.CleanAccuracy,6:F4}");
        }
        text.Append(' ', margin).AppendLine(rule);
    }
}
