using System.Globalization;
using Microsoft.ML.Data;

namespace ML.Robustness.Benchmarks;

/// <summary>A row of the breast-cancer file of ML.NET's own tests.</summary>
internal sealed class BreastCancerRow
{
    private const int Length = 9;

    public bool Label { get; set; }

    [VectorType(Length)]
    public float[] Features { get; set; } = [];

    /// <summary>The rows without missing values.</summary>
    internal static BreastCancerRow[] Read(string path) => [.. File.ReadLines(path)
        .Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]) && !line.Contains('?', StringComparison.Ordinal))
        .Select(Of)];

    private static BreastCancerRow Of(string line)
    {
        var parts = line.Split('\t');
        return new BreastCancerRow
        {
            Label = parts[0] == "1",
            Features = [.. parts.Skip(1).Select(part => float.Parse(part, CultureInfo.InvariantCulture))],
        };
    }
}
