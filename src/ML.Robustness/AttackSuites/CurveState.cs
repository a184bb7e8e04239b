using System.Globalization;

namespace ML.Robustness.AttackSuites;

/// <summary>The files of the radii of a curve, which lie beside that of the evaluation: its path, a dot and the radius.</summary>
internal static class CurveState
{
    internal static string PathOf(string path, double radius) => string.Create(CultureInfo.InvariantCulture, $"{path}.{radius}");

    /// <summary>The radii whose file lies beside every one of some files.</summary>
    internal static double[] Radii(string[] paths)
    {
        if (paths.Length == 0)
            return [];
        var beginning = Path.GetFullPath(paths[0]) + ".";
        return [.. Directory.EnumerateFiles(Path.GetDirectoryName(beginning)!)
            .Where(file => file.StartsWith(beginning, StringComparison.Ordinal))
            .Select(file => double.TryParse(
                file.AsSpan(beginning.Length), CultureInfo.InvariantCulture, out var radius) ? radius : double.NaN)
            .Where(radius => !double.IsNaN(radius) && Array.TrueForAll(paths, path => File.Exists(PathOf(path, radius))))
            .Order()];
    }
}
