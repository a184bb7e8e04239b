using System.Globalization;
using System.Text;
using ML.Robustness.AttackSuites;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Evaluation;

namespace ML.Robustness.Tests.Testing;

/// <summary>Every number of a result as text, doubles by their bits; times are left out, which no two runs share.</summary>
internal static class Numbers
{
    public static string Of(AttackSuiteResult result)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{result.FirstRow} {result.Rows} {result.Queries}");
        Add(text, result.CleanAccuracy, result.RobustAccuracy);
        foreach (var row in result.RowResults)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{row.Row} {row.Label} {row.CleanPrediction} {row.Prediction} {row.Attack} ");
            Add(text, row.Distance);
        }
        foreach (var attack in result.Attacks)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{attack.Name} {attack.RowsAttacked} {attack.Successes} {attack.Queries} ");
            text.Append(CultureInfo.InvariantCulture, $"{attack.GradientQueries} ");
            Add(text, attack.AccuracyAfter, attack.Accuracy ?? double.NegativeInfinity);
        }
        text.AppendJoin('\n', result.Messages);
        return text.ToString();
    }

    public static string Of(RobustnessReport report)
    {
        var text = new StringBuilder(Of((AttackSuiteResult)report));
        text.AppendLine(report.ThreatModel.ExactText);
        Add(text, report.Interval.Low, report.Interval.High, report.ExactRobustAccuracy ?? -1, report.MeanDistance ?? -1,
            report.MedianDistance ?? -1);
        foreach (var point in report.Curve)
            Add(text, point.Epsilon, point.RobustAccuracy, point.Interval.Low, point.Interval.High);
        foreach (var outcome in report.Classes)
            Add(text, outcome.Class, outcome.Rows, outcome.CleanAccuracy, outcome.RobustAccuracy);
        foreach (var row in report.Confusion)
            text.AppendJoin(' ', row).AppendLine();
        text.AppendJoin('\n', report.Warnings);
        return text.ToString();
    }

    public static string Of(CorruptionReport report)
    {
        var text = new StringBuilder(report.ToString());
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.FirstRow} {report.Rows}");
        Add(text, [.. report.CleanAccuracies]);
        for (var corruption = 0; corruption < report.Corruptions.Count; corruption++)
        {
            for (var network = 0; network < report.Networks.Count; network++)
            {
                Add(text, report[corruption, network], report.MeanAccuracy(network));
                for (var severity = 0; severity < report.Severities.Count; severity++)
                    Add(text, report[corruption, severity, network]);
            }
        }
        return text.ToString();
    }

    public static string Of(TransferMatrix matrix)
    {
        var text = new StringBuilder(matrix.ToString());
        text.AppendLine(CultureInfo.InvariantCulture, $"{matrix.FirstRow} {matrix.Rows}");
        Add(text, [.. matrix.CleanAccuracies]);
        for (var source = 0; source < matrix.Sources.Count; source++)
        {
            for (var target = 0; target < matrix.Targets.Count; target++)
                Add(text, matrix[source, target]);
        }
        return text.ToString();
    }

    public static string Of(AttributionQualityReport report)
    {
        var text = new StringBuilder(report.Method);
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.FirstRow} {report.Rows}");
        foreach (var measure in report.Measures)
            Add(text, measure.Value.Mean, measure.Value.StandardError);
        foreach (var layer in report.SanityCheck)
        {
            text.Append(layer.Layer);
            Add(text, layer.Correlation.Mean, layer.Correlation.StandardError);
        }
        return text.ToString();
    }

    private static void Add(StringBuilder text, params double[] values) =>
        text.AppendJoin(' ',
            values.Select(value => BitConverter.DoubleToUInt64Bits(value).ToString("X", CultureInfo.InvariantCulture)))
            .AppendLine();
}
