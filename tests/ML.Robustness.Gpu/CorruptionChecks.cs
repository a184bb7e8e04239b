using ML.Robustness.Architectures;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>Every corruption in three severities, and the report of them all.</summary>
internal static class CorruptionChecks
{
    public static IEnumerable<Check> All()
    {
        foreach (var corruption in Corruption.All)
        {
            foreach (var severity in new[] { 1, 3, 5 })
            {
                // JPEG rounds to whole numbers: rounding turns few of them by one.
                yield return new("corruptions", $"{corruption.Name} {severity}",
                    found => Corrupt(found, corruption, severity), 1e-6, 0.001);
            }
        }

        yield return new("corruptions", "report", Report, 0.03);
    }

    private static void Corrupt(Findings found, Corruption corruption, int severity)
    {
        var images = new RowRandom(5).Uniform(zeros([8, 3, 19, 26], ScalarType.Float32, CPU), 0, 1).to(found.Device);
        found.Add("images", corruption.Apply(images, severity, new RowRandom(5), ValueRange.Unit));
    }

    private static void Report(Findings found)
    {
        var shape = new InputShape(3, 8, 8);
        using var data = SuiteChecks.Data(shape, 64, 5);
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), shape, 5, found.Device);
        var report = CorruptionReport.Measure([("network", network)], data, Corruption.All, [2, 4], ValueRange.Unit);
        found.Add("accuracies", Enumerable.Range(0, Corruption.All.Count).Select(corruption => report[corruption, 0]));
    }
}
