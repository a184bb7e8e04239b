using System.Globalization;
using System.Text;

namespace ML.Robustness.Trees.Certification;

/// <summary>Metrics of trees as text.</summary>
internal static class TreeTable
{
    internal static string Of(TreeRobustnessMetrics metrics)
    {
        var text = new StringBuilder();
        var report = metrics.Report;
        const string Rule = "            ||=====================================";
        Write($"Robustness of trees under {metrics.Norm}, {report.Rows.Count} rows, clean accuracy {report.CleanAccuracy:F4}");
        Write($"{Rule}");
        Write($"RADIUS      || Certified |     Exact |  Attacked");
        Write($"{Rule}");
        foreach (var point in metrics.Curve)
            Write($"{point.Epsilon,-11:G6} || {point.CertifiedAccuracy,9:F4} | {Number(point.ExactAccuracy)} | {point.AttackedAccuracy,9:F4}");
        Write($"mean radius || {report.MeanCertifiedRadius,9:F4} | {Number(report.MeanExactRadius)} | {report.MeanAttackedDistance,9:F4}");
        Write($"{Rule}");
        return text.ToString();

        void Write(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static string Number(double? value) => value is { } known
        ? known.ToString("F4", CultureInfo.InvariantCulture).PadLeft(9)
        : "        -";
}
