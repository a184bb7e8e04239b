using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Attribution;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>Every attribution method of the tests' table in float64, targets, and what measures attributions.</summary>
internal static class AttributionChecks
{
    private const int Rows = 24, Classes = 5;
    private static readonly InputShape Shape = new(3, 8, 8);

    public static IEnumerable<Check> All()
    {
        foreach (var (name, method) in MethodTable.Methods.Append(new("Grad-CAM", new GradCam())))
        {
            yield return new("attributions, float64", name, found => Attribute(found, method, ScalarType.Float64), 1e-7);
            yield return new("attributions, float32", name, found => Attribute(found, method, ScalarType.Float32), 1e-3, 0.01);
        }

        yield return new("attributions, float64", "given noise", GivenNoise, 1e-7);
        yield return new("attribution metrics", "all measures", Quality, 0.02);
    }

    private static void Attribute(Findings found, AttributionMethod method, ScalarType type)
    {
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), Shape, Classes, CPU).to(type).to(found.Device);
        var inputs = new RowRandom(5).Uniform(zeros(Shape.Batch(Rows), type, CPU), 0, 1).to(found.Device);
        var labels = arange(Rows, ScalarType.Int64, CPU).remainder(Classes).to(found.Device);
        AttributionTarget[] targets =
        [
            AttributionTarget.PredictedClass, AttributionTarget.Labels(labels), AttributionTarget.Margin(1, 2),
            AttributionTarget.Margin(labels, labels.add(1).remainder(Classes)),
        ];
        foreach (var target in targets)
        {
            using var result = method.Attribute(network, inputs, target, new RowRandom(3));
            found.Add("values", result.Values);
            found.Add("targets", result.Targets);
            found.Add("scores", result.Scores);
            found.Add("gaps", result.CompletenessGaps);
        }
    }

    private static void GivenNoise(Findings found)
    {
        var noise = new RowRandom(8).Normal(zeros([3, .. Shape.Batch(Rows)], ScalarType.Float64, CPU));
        Attribute(found, new Saliency().Smoothed(3).WithNoise(noise), ScalarType.Float64);
    }

    private static void Quality(Findings found)
    {
        using var data = SuiteChecks.Data(Shape, 32, Classes);
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), Shape, Classes, found.Device);
        var quality = new AttributionQuality(new Saliency().Smoothed(4)) { SanityRows = 8, RemovalSteps = 8 };
        var report = quality.Measure(network, data, 5);
        found.Add("measures", report.Measures.Select(measure => measure.Value.Mean));
        found.Add("sanity", report.SanityCheck.Select(layer => layer.Correlation.Mean));
    }
}
