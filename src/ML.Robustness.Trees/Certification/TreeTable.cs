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
        foreach (var (epsilon, certified, exact, attacked) in metrics.Curve)
            Line($"{epsilon,-11:G6}", certified, exact, attacked);
        Line($"mean radius", report.MeanCertifiedRadius, report.MeanExactRadius, report.MeanAttackedDistance);
        Write($"{Rule}");
        return text.ToString();

        void Line(FormattableString name, double certified, double? exact, double attacked) => Write(
            $"{name.ToString(CultureInfo.InvariantCulture)} || {certified,9:F4} | {Number(exact)} | {attacked,9:F4}");

        void Write(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static string Number(double? value) => value is { } known
        ? known.ToString("F4", CultureInfo.InvariantCulture).PadLeft(9)
        : "        -";
}
