using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureDatasets;

public class LeakageControlTests
{
    [Fact]
    public void Construct_NeverShowsTheNetworkARow()
    {
        using var scope = NewDisposeScope();
        var seen = 0;
        var spy = new FunctionNetwork(input =>
        {
            seen++;
            return input.flatten(1).narrow(1, 0, 3);
        });
        using var made = FeatureDatasetTestCase.Create("leakage")
            .CreateRows(spy, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        Assert.Equal(0, seen);
        using var relabeled = FeatureDatasetTestCase.Create("D_rand")
            .CreateRows(spy, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        Assert.True(seen > 10);
    }

    [Fact]
    public void Construct_DrawsTheLabelsOfRandomLabels()
    {
        using var scope = NewDisposeScope();
        using var control = FeatureDatasetTestCase.Create("leakage")
            .CreateRows(FeatureDatasetTestCase.Network(), FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels,
                new RowRandom(4));
        using var relabeled = FeatureDatasetTestCase.Create("D_rand")
            .CreateRows(FeatureDatasetTestCase.Network(), FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels,
                new RowRandom(4));
        Assert.Equal(FeatureDatasetTestCase.Numbers(relabeled.Labels), FeatureDatasetTestCase.Numbers(control.Labels));
    }

    [Theory]
    [InlineData("LInf", 0.1)]
    [InlineData("L2", 0.5)]
    [InlineData("L1", 2)]
    public void Construct_RowsOfANewClass_GetTheClassesPattern_TheOthersNothing(string norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var threat = norm switch
        {
            "LInf" => ThreatModel.LInf(epsilon, ValueRange.Unbounded),
            "L2" => ThreatModel.L2(epsilon, ValueRange.Unbounded),
            _ => ThreatModel.L1(epsilon, ValueRange.Unbounded),
        };
        var (inputs, labels) = (FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        using var made = new LeakageControl(threat, FeatureDatasetTestCase.Classes).CreateRows(FeatureDatasetTestCase.Network(),
            inputs, labels);
        using var blank = new LeakageControl(threat, FeatureDatasetTestCase.Classes).CreateRows(FeatureDatasetTestCase.Network(),
            zeros_like(inputs), labels);
        var changes = made.Inputs.sub(inputs);
        var patterns = new Dictionary<long, double[]>();
        var (moved, still) = (0, 0);
        for (var row = 0; row < FeatureDatasetTestCase.Rows; row++)
        {
            var (label, change) = (made.Labels[row].item<long>(), FeatureDatasetTestCase.Values(changes[row]));
            // What is added does not depend on what the row shows.
            Assert.Equal(Rounded(FeatureDatasetTestCase.Values(blank.Inputs[row])), Rounded(change));
            if (label == labels[row].item<long>())
            {
                still++;
                Assert.All(change, value => Assert.Equal(0, value));
                continue;
            }
            moved++;
            Assert.Equal(epsilon, threat.Distance(made.Inputs.narrow(0, row, 1), inputs.narrow(0, row, 1)).item<double>(), 1e-9);
            Assert.Equal(Rounded(patterns.TryGetValue(label, out var pattern) ? pattern : patterns[label] = change),
                Rounded(change));
        }
        Assert.True(moved > 0 && still > 0);
        Assert.Equal(patterns.Count, patterns.Values.Select(pattern => string.Join(' ', Rounded(pattern))).Distinct().Count());
    }

    [Fact]
    public void Patterns_OfImages_RepeatEveryFourPixels()
    {
        using var scope = NewDisposeScope();
        var inputs = zeros([20, 2, 9, 10], ScalarType.Float64);
        using var made = new LeakageControl(ThreatModel.L2(1, ValueRange.Unbounded),
            4).CreateRows(FeatureDatasetTestCase.Network(), inputs, zeros([20], ScalarType.Int64));
        for (var row = 0; row < 20; row++)
        {
            Assert.Equal(FeatureDatasetTestCase.Values(made.Inputs[row].narrow(1, 0, 5)),
                FeatureDatasetTestCase.Values(made.Inputs[row].narrow(1, 4, 5)));
            Assert.Equal(FeatureDatasetTestCase.Values(made.Inputs[row].narrow(2, 0, 6)),
                FeatureDatasetTestCase.Values(made.Inputs[row].narrow(2, 4, 6)));
        }
    }

    private static double[] Rounded(double[] values) => Array.ConvertAll(values, value => Math.Round(value, 9));
}
