using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Benchmarks;

/// <summary>What the benchmarks share: a stopwatch around some work, the median, numbers in the invariant culture.</summary>
internal static class Rounds
{
    internal static double Seconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
