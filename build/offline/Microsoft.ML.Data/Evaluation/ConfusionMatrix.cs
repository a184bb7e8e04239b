using System.Globalization;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Rows are true classes, columns predicted ones.</summary>
public sealed class ConfusionMatrix
{
    private readonly IHost _host;
    private readonly string[] _names;

    internal ConfusionMatrix(IHost host, double[][] counts, string[] names)
    {
        _host = host;
        _names = names;
        Counts = counts;
        PerClassPrecision = counts.Select((_, i) => Share(counts[i][i], counts.Sum(row => row[i]))).ToArray();
        PerClassRecall = counts.Select((row, i) => Share(row[i], row.Sum())).ToArray();
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses => Counts.Count;

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        const string Message = "Invalid index. Should be non-negative, less than the number of classes.";
        _host.CheckParam(predictedClassIndicatorIndex >= 0 && predictedClassIndicatorIndex < NumberOfClasses, nameof(predictedClassIndicatorIndex), Message);
        _host.CheckParam(actualClassIndicatorIndex >= 0 && actualClassIndicatorIndex < NumberOfClasses, nameof(actualClassIndicatorIndex), Message);
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    public string GetFormattedConfusionTable()
    {
        // Names that do not fit above a column stand beside the rows with their numbers.
        int width = NumberOfClasses == 2 ? 8 : 5;
        int nameWidth = _names.Max(name => name.Length);
        bool isNumbered = nameWidth > width;
        int digits = (NumberOfClasses - 1).ToString().Length;
        int margin = Math.Max("PREDICTED".Length, isNumbered ? nameWidth + digits + 2 : nameWidth);
        string rule = new string(' ', margin) + " ||" + string.Concat(Enumerable.Repeat(NumberOfClasses > 2 ? "========" : "===========", NumberOfClasses));

        var table = new StringBuilder().AppendLine().AppendLine("Confusion table").AppendLine(rule);
        table.Append("PREDICTED".PadRight(margin)).Append(" ||");
        for (int i = 0; i < NumberOfClasses; i++)
            table.Append($" {(isNumbered ? i.ToString() : _names[i]).PadLeft(width)} |");
        table.AppendLine(" Recall").AppendLine(string.Concat("TRUTH".PadRight(margin), rule.AsSpan(margin)));
        for (int i = 0; i < NumberOfClasses; i++)
        {
            table.Append(isNumbered ? $"{i.ToString().PadLeft(digits)}. {_names[i].PadLeft(margin - digits - 2)} ||" : $"{_names[i].PadLeft(margin)} ||");
            foreach (double count in Counts[i])
                table.Append($" {count.ToString("N0", CultureInfo.CurrentCulture).PadLeft(width)} |");
            table.AppendLine($" {PerClassRecall[i].ToString("F4", CultureInfo.CurrentCulture),5}");
        }
        table.AppendLine(rule).Append("Precision".PadRight(margin)).Append(" ||");
        foreach (double precision in PerClassPrecision)
            table.Append(precision.ToString("N4", CultureInfo.CurrentCulture).PadLeft(width + 1)).Append(" |");
        return table.AppendLine().ToString();
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
