using System.Diagnostics;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>All checks, each on the processor and on the device.</summary>
internal static class Checks
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Check> All() =>
    [
        .. AttackChecks.All(), .. SuiteChecks.All(), .. AttributionChecks.All(), .. CorruptionChecks.All(),
        .. FeatureChecks.All(), .. TrainingChecks.All(), .. PipelineChecks.All(),
    ];

    /// <summary>Runs them and writes a line for each area and each difference; true where nothing differs.</summary>
    public static bool Run(Device device, Log log)
    {
        Gpu.UseTf32(device, false);
        var isRight = true;
        foreach (var area in All().GroupBy(check => check.Area))
        {
            var (watch, failed, largest) = (Stopwatch.StartNew(), 0, 0.0);
            foreach (var check in area)
            {
                var (differences, gap) = Compare(check, device);
                (failed, largest) = (failed + (differences.Count > 0 ? 1 : 0), Math.Max(largest, gap));
                foreach (var difference in differences)
                    log.Line($"  DIFFERS {check.Area}, {check.Name}: {difference}");
            }

            isRight &= failed == 0;
            log.Line($"{area.Key}: {area.Count() - failed} of {area.Count()} as on the processor");
            log.Line($"  largest difference {largest:0.#e+0}, {watch.Elapsed.TotalSeconds:0.0} s");
        }

        isRight &= MemoryChecks.Run(device, log);
        return isRight;
    }

    private static (List<string> Differences, double Largest) Compare(Check check, Device device)
    {
        var (expected, found) = (new Findings(CPU), new Findings(device));
        try
        {
            using (NewDisposeScope())
                check.Run(expected);
            using (NewDisposeScope())
                check.Run(found);
            return found.Compare(expected, check.Tolerance, check.MayDiffer);
        }
        catch (Exception e)
        {
            return ([$"{e.GetType().Name}: {e.Message.Split('\n')[0]} {Place(e)}"], 0);
        }
    }

    private static string Place(Exception e) =>
        (e.StackTrace ?? "").Split('\n')
            .FirstOrDefault(line => line.Contains("ML.Robustness", StringComparison.Ordinal))?.Trim() ?? "";
}
