using System.Globalization;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Testing;

/// <summary>Breast Cancer Wisconsin without its 16 rows of missing values; every fifth row is for testing.</summary>
internal static class BreastCancer
{
    internal static TabularRow[] Rows() => [.. File
        .ReadLines(Path.Combine(SharedData.FolderOrSkip("tabular"), "breast-cancer.txt"))
        .Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]) && !line.Contains('?', StringComparison.Ordinal))
        .Select(line => line.Split('\t'))
        .Select(parts => new TabularRow
        {
            Label = parts[0] == "1",
            Features = [.. parts.Skip(1).Select(part => float.Parse(part, CultureInfo.InvariantCulture))],
        })];

    internal static TabularRow[] Train(TabularRow[] rows) => [.. rows.Where((_, index) => index % 5 != 0)];

    internal static TabularRow[] Test(TabularRow[] rows) => [.. rows.Where((_, index) => index % 5 == 0)];
}
