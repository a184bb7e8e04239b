using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureVisualization;

public sealed class FeatureVisualizerTests
{
    private static readonly ThreatModel Free = ThreatModel.L2(0.3, ValueRange.Unbounded);

    private static Tensor Starts(int rows = 3) => new RowRandom(5).Uniform(zeros([rows, 1, 3, 4], ScalarType.Float64), 0.4, 0.6);

    [Theory]
    [InlineData("logit")]
    [InlineData("unit")]
    public void Visualize_LinearModelInABall_MovesAlongTheWeights(string kind)
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12, rectifies: false);
        var (objective, weights) = kind == "logit" ? (FeatureObjective.Logit(1), network.LogitWeights(1))
            : (FeatureObjective.Unit(2), network.UnitWeights(2));
        var length = Math.Sqrt(weights.Sum(weight => weight * weight));
        var starts = Starts();

        using var found = new FeatureVisualizer(Free) { Steps = 7 }.Visualize(network, objective, starts);

        var expected = starts.add(tensor(weights).mul(0.3 / length).view(1, 1, 3, 4));
        Assert.True(found.Values.allclose(expected, 1e-12, 1e-12));
        Assert.True(found.Scores.sub(found.StartScores).allclose(full([3], 0.3 * length, ScalarType.Float64), 1e-10, 1e-10));
        Assert.True(found.StartScores.allclose(objective.Measure(network, starts)));
    }

    [Fact]
    public void Visualize_MoreStepsOfALinearModel_AreNeverWorse()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12, rectifies: false);
        var before = double.NegativeInfinity;
        for (var steps = 1; steps < 12; steps++)
        {
            using var found = new FeatureVisualizer(ThreatModel.Unbounded()) { Steps = steps, StepSize = 0.1 }.Visualize(network,
                FeatureObjective.Logit(0), Starts(1));
            var score = found.Scores.item<double>();
            Assert.True(score >= before - 1e-12, $"{steps} steps gave {score} after {before}.");
            before = score;
            Assert.InRange(found.Values.min().item<double>(), 0, 1);
            Assert.InRange(found.Values.max().item<double>(), 0, 1);
        }
    }

    [Fact]
    public void Visualize_ADeadUnit_Wakes()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var weights = network.parameters().First().detach().clone();
        weights[0] = weights[0].abs().neg();
        network.SetUnits(weights);
        var starts = Starts();
        Assert.Equal(0, FeatureObjective.Unit(0).Measure(network, starts).max().item<double>());
        using var found = new FeatureVisualizer(ThreatModel.Unbounded(ValueRange.Unbounded))
        {
            Steps = 20,
            StepSize = 0.3
        }.Visualize(network, FeatureObjective.Unit(0), starts);
        Assert.True(found.Scores.min().item<double>() > 1);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Visualize_ABatch_IsItsRows(bool moves, bool waves)
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var starts = Starts(5);
        var visualizer = Make(2);
        using var all = visualizer.Visualize(network, FeatureObjective.Unit(1), starts, new RowRandom(8));
        for (var row = 0; row < 5; row++)
        {
            using var one = Make(64)
                .Visualize(network, FeatureObjective.Unit(1), starts.narrow(0, row, 1), new RowRandom(8, row));
            Assert.True(one.Values.allclose(all.Values.narrow(0, row, 1), 0, waves ? 1e-12 : 0),
                $"Row {row} differs by {one.Values.sub(all.Values.narrow(0, row, 1)).abs().max().item<double>()}.");
        }
        using var again = visualizer.Visualize(network, FeatureObjective.Unit(1), starts, new RowRandom(8));
        Assert.True(again.Values.bytes.SequenceEqual(all.Values.bytes));
        using var other = visualizer.Visualize(network, FeatureObjective.Unit(1), starts, new RowRandom(9));
        Assert.Equal(!moves, other.Values.bytes.SequenceEqual(all.Values.bytes));

        FeatureVisualizer Make(int passSize) => new(ThreatModel.LInf(0.3))
        {
            Steps = 6,
            BatchSize = passSize,
            Augmentation = moves ? new RandomAffine { Shift = 1 } : null,
            FrequencyDecay = waves ? 1 : null,
        };
    }

    [Fact]
    public void Visualize_WithWaves_IsSmootherThanPixels()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(64, rectifies: false);
        var starts = full([1, 1, 8, 8], 0.5, ScalarType.Float64);
        Assert.True(Roughness(1) < 0.5 * Roughness(null));
        Assert.True(Roughness(2) < Roughness(1));

        double Roughness(double? decay)
        {
            using var found = new FeatureVisualizer(ThreatModel.L2(0.3)) { Steps = 5, FrequencyDecay = decay }.Visualize(network,
                FeatureObjective.Logit(0), starts);
            var change = found.Values.sub(starts);
            return change.narrow(3, 1, 7).sub(change.narrow(3, 0, 7)).square().sum().item<double>() / change.square().sum()
                .item<double>();
        }
    }

    [Theory]
    [InlineData("ConvNet(2, 4)", 1)]
    [InlineData("InputNormalization([0.5], [0.25]) > ConvNet(2, 4)", 3)]
    [InlineData("ResidualNet(2)", 3)]
    public void Visualize_RealNetworks_RaisesEachObjectiveAndLeavesThemAsTheyWere(string architecture, int channels)
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(channels, 9, 6);
        using var network = ModelArchitecture.Parse(architecture).Create(shape, 3, seed: 2);
        var starts = VisualizationStart.Noise(shape, 2, new RowRandom(1));
        var copy = starts.clone();
        // A channel that is silent everywhere has no gradient: the liveliest is taken.
        var liveliest = (int)FeatureExtractor.Of(network).Extract(starts).Maps!.mean([0, 2, 3]).argmax().item<long>();
        FeatureObjective[] objectives = [FeatureObjective.Logit(2), FeatureObjective.LogProbability(0),
            FeatureObjective.Channel(liveliest), FeatureObjective.Unit(1)];
        foreach (var objective in objectives)
        {
            using var found = new FeatureVisualizer(ThreatModel.Unbounded()) { Steps = 10, StepSize = 0.2 }.Visualize(network,
                objective, starts);
            Assert.True(found.Scores.gt(found.StartScores).all().item<bool>(), objective.ToString());
            Assert.Equal(shape.Batch(2), found.Values.shape);
        }
        Assert.True(network.training);
        Assert.True(network.parameters().All(parameter => parameter.requires_grad && parameter.grad is null));
        Assert.True(starts.bytes.SequenceEqual(copy.bytes));
    }

    [Fact]
    public void Visualize_LeavesNoTensors_AlsoWhenItFails()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var starts = Starts();
        var visualizer = new FeatureVisualizer(ThreatModel.Unbounded())
        {
            Steps = 3,
            Augmentation = new RandomAffine(),
            FrequencyDecay = 1
        };
        LiveTensors.AssertNoneLeft(() => visualizer.Visualize(network, FeatureObjective.Channel(1), starts).Dispose());
        LiveTensors.AssertNoneLeft(
            () => Assert.Throws<ArgumentException>(() => visualizer.Visualize(network, FeatureObjective.Channel(9), starts)));
    }

    [Fact]
    public void Progress_EndsAtOne_AndCancellationEnds()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var heard = new List<double>();
        using (new FeatureVisualizer(Free) { Steps = 4, BatchSize = 2 }.Visualize(network, FeatureObjective.Unit(0), Starts(5),
            progress: new TestProgress<double>(heard.Add)))
            Assert.Equal([.. Enumerable.Range(1, 12).Select(step => step / 12.0)], heard);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new FeatureVisualizer(Free).Visualize(network, FeatureObjective.Unit(0), Starts(),
                cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void BadInput_IsNamed()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var unit = FeatureObjective.Unit(0);
        var outside = Assert.Throws<ArgumentException>(
            () => new FeatureVisualizer(ThreatModel.Unbounded()).Visualize(network, unit, Starts().add(2)));
        Assert.Contains("must lie in [0, 1]", outside.Message, StringComparison.Ordinal);
        var vectors = Assert.Throws<ArgumentException>(
            () => new FeatureVisualizer(ThreatModel.Unbounded()) { FrequencyDecay = 1 }.Visualize(network, unit,
                Starts().flatten(1)));
        Assert.Contains("leave FrequencyDecay out", vectors.Message, StringComparison.Ordinal);
        var scaleless = Assert.Throws<InvalidOperationException>(
            () => new FeatureVisualizer(ThreatModel.Unbounded(ValueRange.Unbounded)).Visualize(network, unit, Starts()));
        Assert.Contains("StepSize", scaleless.Message, StringComparison.Ordinal);
        var fixedNumber = Assert.Throws<InvalidOperationException>(
            () => new FeatureVisualizer(Free).Visualize(network, new Constant(), Starts()));
        Assert.Contains("no gradient to its input", fixedNumber.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureVisualizer(Free) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureVisualizer(Free) { StepSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureVisualizer(Free) { BatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureVisualizer(Free) { FrequencyDecay = -1 });
    }

    [Fact]
    public void ObjectivesThatAreNotFinite_AreNamed()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        network.SetUnits(full([5, 12], double.PositiveInfinity, ScalarType.Float64));
        var error = Assert.Throws<InvalidOperationException>(
            () => new FeatureVisualizer(Free).Visualize(network, FeatureObjective.Unit(0), Starts()));
        Assert.StartsWith("The objective unit 0 is not finite in 3 of 3 rows", error.Message, StringComparison.Ordinal);
    }

    private sealed class Constant : FeatureObjective
    {
        protected internal override Tensor Score(nn.Module<Tensor, Tensor> model, Tensor inputs) => zeros(inputs.shape[0]);
    }
}
