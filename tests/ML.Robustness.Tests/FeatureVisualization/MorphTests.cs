using ML.Robustness.Attacks;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureVisualization;

public sealed class MorphTests
{
    private static Tensor Starts(int rows = 3) => new RowRandom(5).Uniform(zeros([rows, 1, 3, 4], ScalarType.Float64), 0.2, 0.8);

    [Fact]
    public void Towards_IsTargetedDescentWithoutARandomStart()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var (starts, targets) = (Starts(), tensor(new long[] { 2, 0, 1 }));
        var threat = ThreatModel.L2(1.5);
        using var morph = new Morph(threat) { Steps = 12, Snapshots = [0, 3, 12], BatchSize = 2 }.Towards(network, starts,
            targets);

        Assert.Equal([0, 3, 12], morph.Steps);
        Assert.Equal([3, 3, 1, 3, 4], morph.Values.shape);
        Assert.True(morph.Values.select(1, 0).Equals(starts));
        using var whole = Attack(12, null).Perturb(network, starts, AttackGoal.Targeted(targets));
        using var begun = Attack(3, 2.5 * 1.5 / 12).Perturb(network, starts, AttackGoal.Targeted(targets));
        // ReturnBestIterate is off, so what the attack returns is its last iterate unless an earlier one was offered: none is.
        Assert.True(morph.Values.select(1, 2).allclose(whole.Inputs, 1e-12, 1e-12));
        Assert.True(morph.Values.select(1, 1).allclose(begun.Inputs, 1e-12, 1e-12));
        var probability = network.call(whole.Inputs).softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        Assert.True(morph.Probabilities.select(1, 2).allclose(probability, 1e-10, 1e-12));

        ProjectedGradientDescent Attack(int steps, double? size) =>
            new(threat) { Steps = steps, StepSize = size, RandomStart = false, ReturnBestIterate = false };
    }

    [Fact]
    public void Snapshots_DefaultToEightFromFirstToLast()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        using var morph = new Morph(ThreatModel.Unbounded()) { Steps = 21 }.Towards(network, Starts(1), tensor(new long[] { 1 }));
        Assert.Equal([0, 3, 6, 9, 12, 15, 18, 21], morph.Steps);
        using var brief = new Morph(ThreatModel.Unbounded()) { Steps = 2 }.Towards(network, Starts(1), tensor(new long[] { 1 }));
        Assert.Equal([0, 1, 2], brief.Steps);
        Assert.True(morph.Probabilities[0, 7].item<double>() > morph.Probabilities[0, 0].item<double>());
    }

    [Fact]
    public void BadInput_IsNamed_AndNothingIsLeft()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var starts = Starts();
        var morph = new Morph(ThreatModel.L2(2)) { Steps = 4 };
        var beyond = Assert.Throws<ArgumentException>(() => morph.Towards(network, starts, tensor(new long[] { 0, 1, 3 })));
        Assert.Contains("Targets must lie in 0…2, since the network has 3 classes, but span [0, 3].", beyond.Message,
            StringComparison.Ordinal);
        Assert.Contains("each of the 3 rows",
            Assert.Throws<ArgumentException>(() => morph.Towards(network, starts, zeros([2], ScalarType.Int64))).Message,
            StringComparison.Ordinal);
        Assert.Contains("after 9 steps", Assert.Throws<ArgumentException>(() =>
            new Morph(ThreatModel.L2(2)) { Steps = 4, Snapshots = [0, 9] }.Towards(network, starts,
                zeros([3], ScalarType.Int64))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Morph(ThreatModel.L2(2)) { Snapshots = [3, 3] });
        Assert.Throws<ArgumentException>(() => new Morph(ThreatModel.L2(2)) { Snapshots = [] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Morph(ThreatModel.L2(2)) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Morph(ThreatModel.L2(2)) { StepSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Morph(ThreatModel.L2(2)) { BatchSize = 0 });
        Assert.ThrowsAny<OperationCanceledException>(
            () => morph.Towards(network, starts, zeros([3], ScalarType.Int64), cancellation: new CancellationToken(true)));
        var targets = zeros([3], ScalarType.Int64);
        LiveTensors.AssertNoneLeft(() => morph.Towards(network, starts, targets).Dispose());
    }
}
