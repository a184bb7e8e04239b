using System.Globalization;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Testing;

/// <summary>Fisher's iris; every fifth row is for testing.</summary>
internal static class Iris
{
    internal static IrisRow[] Rows() => [.. File
        .ReadLines(Path.Combine(SharedData.FolderOrSkip("tabular"), "iris.txt"))
        .Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]))
        .Select(line => Array.ConvertAll(line.Split('\t'), part => float.Parse(part, CultureInfo.InvariantCulture)))
        .Select(parts => new IrisRow
        {
            Label = parts[0],
            SepalLength = parts[1],
            SepalWidth = parts[2],
            PetalLength = parts[3],
            PetalWidth = parts[4],
        })];

    internal static IrisRow[] Train(IrisRow[] rows) => [.. rows.Where((_, index) => index % 5 != 0)];

    internal static IrisRow[] Test(IrisRow[] rows) => [.. rows.Where((_, index) => index % 5 == 0)];
}
