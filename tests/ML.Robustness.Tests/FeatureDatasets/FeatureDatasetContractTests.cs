using ML.Robustness.FeatureDatasets;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.FeatureDatasets;

/// <summary>The contract of every feature data set method.</summary>
public class FeatureDatasetContractTests
{
    public static TheoryData<string> All => FeatureDatasetTestCase.Names;

    [Theory]
    [MemberData(nameof(All))]
    public void Construct_StaysInBallAndRange_AndKeepsTheRows(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var bytes in new[] { false, true })
        {
            var inputs = bytes ? FeatureDatasetTestCase.Inputs.mul(255).round_().div_(255) : FeatureDatasetTestCase.Inputs;
            var method = FeatureDatasetTestCase.Create(name, bytes: bytes);
            using var made = method.CreateRows(FeatureDatasetTestCase.Network(), inputs, FeatureDatasetTestCase.Labels);
            var origins = made.Positions is { } positions ? inputs.index_select(0, tensor(positions.ToArray())) : inputs;
            Assert.Equal(origins.shape, made.Inputs.shape);
            Assert.Equal((inputs.dtype, made.Inputs.shape[0]), (made.Inputs.dtype, made.Labels.shape[0]));
            Assert.InRange(FeatureDatasetTestCase.Values(made.Inputs).Min(), 0, 1);
            Assert.InRange(FeatureDatasetTestCase.Values(made.Inputs).Max(), 0, 1);
            if (FeatureDatasetTestCase.BallOf(method) is { } ball)
                Assert.All(FeatureDatasetTestCase.Values(ball.Distance(made.Inputs, origins)),
                    distance => Assert.InRange(distance, 0, ball.Epsilon + 1e-6));
            if (bytes)
                Assert.All(FeatureDatasetTestCase.Values(made.Inputs),
                    value => Assert.Equal(Math.Round(value * 255), value * 255, 1e-9));
            Assert.All(FeatureDatasetTestCase.Numbers(made.Labels),
                label => Assert.InRange(label, 0, FeatureDatasetTestCase.Classes - 1));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Construct_OfABatch_IsThatOfItsRows(string name)
    {
        using var scope = NewDisposeScope();
        var network = FeatureDatasetTestCase.Network();
        using var whole = FeatureDatasetTestCase.Create(name)
            .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels, new RowRandom(3));
        using var passes = FeatureDatasetTestCase.Create(name, passSize: 4)
            .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels, new RowRandom(3));
        Assert.Equal(FeatureDatasetTestCase.Values(whole.Inputs), FeatureDatasetTestCase.Values(passes.Inputs));
        Assert.Equal(FeatureDatasetTestCase.Numbers(whole.Labels), FeatureDatasetTestCase.Numbers(passes.Labels));
        Assert.Equal(whole.Positions, passes.Positions);
        Assert.Equal(whole.InitialRows, passes.InitialRows);

        // The same rows in another order, each with its own number.
        long[] order = [7, 2, 10, 0];
        using var some = FeatureDatasetTestCase.Create(name)
            .CreateRows(network, FeatureDatasetTestCase.Inputs.index_select(0, tensor(order)),
                FeatureDatasetTestCase.Labels.index_select(0, tensor(order)), new RowRandom(3, order));
        for (var i = 0; i < some.Inputs.shape[0]; i++)
        {
            var row = order[some.Positions?[i] ?? i];
            var place = whole.Positions is null ? row : whole.Positions.ToList().IndexOf(row);
            Assert.Equal(FeatureDatasetTestCase.Values(whole.Inputs[place]), FeatureDatasetTestCase.Values(some.Inputs[i]));
            Assert.Equal(whole.Labels[place].item<long>(), some.Labels[i].item<long>());
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Construct_SameSeed_GivesTheSame_AndLeavesNetworkAndInputsAlone(string name)
    {
        using var scope = NewDisposeScope();
        var network = FeatureDatasetTestCase.Network();
        network.train();
        var (inputs, labels) = (FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        using var first = FeatureDatasetTestCase.Create(name).CreateRows(network, inputs, labels, new RowRandom(5));
        using var second = FeatureDatasetTestCase.Create(name).CreateRows(network, inputs, labels, new RowRandom(5));
        Assert.Equal(FeatureDatasetTestCase.Values(first.Inputs), FeatureDatasetTestCase.Values(second.Inputs));
        Assert.Equal(FeatureDatasetTestCase.Numbers(first.Labels), FeatureDatasetTestCase.Numbers(second.Labels));
        Assert.Equal(FeatureDatasetTestCase.Values(FeatureDatasetTestCase.Inputs), FeatureDatasetTestCase.Values(inputs));
        Assert.True(network.training);
        Assert.All(network.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.grad is null));
        Assert.False(first.Inputs.requires_grad);
        using var other = FeatureDatasetTestCase.Create(name).CreateRows(network, inputs, labels, new RowRandom(6));
        if (name is "D_R" or "D_rand" or "D_other" or "leakage")
            Assert.NotEqual(FeatureDatasetTestCase.Values(first.Inputs), FeatureDatasetTestCase.Values(other.Inputs));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Construct_LeavesNoTensorsAlive(string name)
    {
        using var network = FeatureDatasetTestCase.Network();
        using var inputs = FeatureDatasetTestCase.Inputs;
        using var labels = FeatureDatasetTestCase.Labels;
        var method = FeatureDatasetTestCase.Create(name, passSize: 4);
        LiveTensors.AssertNoneLeft(() => method.CreateRows(network, inputs, labels).Dispose());
        using var wrong = tensor(Enumerable.Repeat(9L, FeatureDatasetTestCase.Rows).ToArray());
        if (name != "D_R")
            LiveTensors.AssertNoneLeft(
                () => Assert.Throws<ArgumentException>(() => method.CreateRows(network, inputs, wrong)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Construct_Cancelled_Stops(string name)
    {
        using var scope = NewDisposeScope();
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => FeatureDatasetTestCase.Create(name)
            .CreateRows(FeatureDatasetTestCase.Network(), FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels,
                cancellation: source.Token));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Construct_BadBatch_SaysWhatIsExpected(string name)
    {
        using var scope = NewDisposeScope();
        var (method, network) = (FeatureDatasetTestCase.Create(name), FeatureDatasetTestCase.Network());
        Assert.Contains("floating point",
            Assert.Throws<ArgumentException>(
                () => method.CreateRows(network, zeros([2, 3], ScalarType.Int64), zeros([2], ScalarType.Int64))).Message,
                StringComparison.Ordinal);
        Assert.Contains("2 labels but the batch has 11",
            Assert.Throws<ArgumentException>(
                () => method.CreateRows(network, FeatureDatasetTestCase.Inputs, zeros([2], ScalarType.Int64))).Message,
                StringComparison.Ordinal);
        if (name != "mislabeled")
            Assert.Contains("Inputs must lie in [0, 1]",
                Assert.Throws<ArgumentException>(
                    () => method.CreateRows(network, FeatureDatasetTestCase.Inputs.add(1),
                        FeatureDatasetTestCase.Labels)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("D_rand")]
    [InlineData("bugs")]
    [InlineData("mislabeled")]
    public void Construct_NetworkOfOneClass_SaysThatTwoAreNeeded(string name)
    {
        using var scope = NewDisposeScope();
        var network = new FunctionNetwork(input => input.flatten(1).sum(1, keepdim: true));
        var error = Assert.Throws<InvalidOperationException>(
            () => FeatureDatasetTestCase.Create(name)
            .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels.mul(0)));
        Assert.Contains("two classes or more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_NetworkWithGradientsThatAreNotFinite_IsAnError()
    {
        using var scope = NewDisposeScope();
        var network = new FunctionNetwork(
            input => cat([input.flatten(1).sum(1, keepdim: true).mul(double.NaN), input.flatten(1).narrow(1, 0, 2)], 1));
        var error = Assert.Throws<InvalidOperationException>(
            () => FeatureDatasetTestCase.Create("D_rand")
            .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels));
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OutsideTheirBounds_AreRefused()
    {
        using var rows = new InitialRows(zeros(2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureMatching(rows) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureMatching(rows) { StepSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MislabeledOnly { BatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new TargetedRelabeling(FeatureDatasetTestCase.Ball, (TargetAssignment)7));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new TargetedRelabeling(FeatureDatasetTestCase.Ball, TargetAssignment.Random) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new TargetedRelabeling(FeatureDatasetTestCase.Ball, TargetAssignment.Random) { StepSize = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeakageControl(FeatureDatasetTestCase.Ball, 1));
        Assert.Contains("has none",
            Assert.Throws<ArgumentException>(() => new LeakageControl(ThreatModel.Unbounded(), 3)).Message,
            StringComparison.Ordinal);
    }
}
