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

    /// <summary>The processor's seconds, which other work on the machine changes less than those of the clock.</summary>
    internal static double BusySeconds(Action work)
    {
        var before = Busy();
        work();
        return Busy() - before;
    }

    /// <summary>The processor's seconds of this process so far.</summary>
    internal static double Busy()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
