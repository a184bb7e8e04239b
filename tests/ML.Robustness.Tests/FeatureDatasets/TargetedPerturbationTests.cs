using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.FeatureDatasets;

public class TargetedPerturbationTests
{
    private const int Many = 6000;

    [Fact]
    public void ShiftedLabels_AreTheNextClass_ExactlyAndAlways()
    {
        using var scope = NewDisposeScope();
        using var made = FeatureDatasetTestCase.Create("D_det")
            .CreateRows(FeatureDatasetTestCase.Network(), FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        Assert.Equal(
            FeatureDatasetTestCase.Numbers(FeatureDatasetTestCase.Labels)
                .Select(label => (label + 1) % FeatureDatasetTestCase.Classes), FeatureDatasetTestCase.Numbers(made.Labels));
    }

    [Fact]
    public void RandomLabels_AreUniform_AndSometimesTheRowsOwn()
    {
        using var scope = NewDisposeScope();
        var labels = Labels(5);
        var drawn = FeatureDatasetTestCase.Numbers(TargetLabels.Of(TargetAssignment.Random, labels, 5, new RowRandom(1)));
        Assert.InRange(ChiSquare(Counts(drawn, 5)), 0, 18.5); // 0.1 % of 4 degrees of freedom
        var own = drawn.Zip(FeatureDatasetTestCase.Numbers(labels)).Count(pair => pair.First == pair.Second);
        Assert.InRange(own / (double)Many, 0.18, 0.22);
        // Independent of the label: the steps from label to new label are uniform too.
        Assert.InRange(ChiSquare(Counts(Steps(drawn, labels, 5), 5)), 0, 18.5);
    }

    [Fact]
    public void OtherLabels_AreUniformOverTheOthers_AndNeverTheRowsOwn()
    {
        using var scope = NewDisposeScope();
        foreach (var classes in new[] { 2, 3, 5 })
        {
            var labels = Labels(classes);
            var steps = Counts(
                Steps(FeatureDatasetTestCase.Numbers(TargetLabels.Of(TargetAssignment.Other, labels, classes, new RowRandom(1))),
                    labels, classes), classes);
            Assert.Equal(0, steps[0]);
            Assert.InRange(ChiSquare(steps[1..]), 0, 16.3); // of up to 3 degrees
        }
    }

    [Theory]
    [InlineData("L2", 0.4)]
    [InlineData("LInf", 0.1)]
    public void Relabeling_OfALinearNetwork_GainsTheDualNorm(string norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var threat = norm == "L2" ? ThreatModel.L2(epsilon, ValueRange.Unbounded)
            : ThreatModel.LInf(epsilon, ValueRange.Unbounded);
        var weights = new RowRandom(4).Normal(zeros([2, 6], ScalarType.Float64));
        var network = new FunctionNetwork(input => input.unsqueeze(1).mul(weights).sum(2));
        var inputs = new RowRandom(5).Normal(zeros([4, 6], ScalarType.Float64));
        var labels = tensor(new long[] { 0, 1, 0, 1 });
        using var made = new TargetedRelabeling(threat, TargetAssignment.Shifted).CreateRows(network, inputs, labels);
        double Lead(Tensor rows, int row) =>
            network.call(rows)[row, 1 - row % 2].item<double>() - network.call(rows)[row, row % 2].item<double>();
        var change = weights[0].sub(weights[1]);
        var gain = epsilon * (norm == "L2" ? change.square().sum().sqrt() : change.abs().sum()).item<double>();
        for (var row = 0; row < 4; row++)
            Assert.Equal(Lead(inputs, row) + gain, Lead(made.Inputs, row), 1e-9);
    }

    [Fact]
    public void Success_IsWhatTheNetworkSaysOfTheNewRows()
    {
        using var scope = NewDisposeScope();
        foreach (var name in new[] { "D_rand", "D_det", "D_other", "bugs" })
        {
            var network = FeatureDatasetTestCase.Network();
            using var made = FeatureDatasetTestCase.Create(name)
                .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
            Assert.Equal(network.call(made.Inputs).argmax(1).eq(made.Labels).data<bool>().ToArray(),
                made.Success!.data<bool>().ToArray());
        }
    }

    [Fact]
    public void NonTransferable_FoolsTheNetworkAlone()
    {
        using var scope = NewDisposeScope();
        // The network reads the first value, the others the second and third: what fools one need not touch the others.
        var (network, second, third) = (Reading(0), Reading(1), Reading(2));
        var inputs = full([4, 3], 0.6, ScalarType.Float64);
        var labels = ones([4], ScalarType.Int64);
        using var made = new NonTransferable(ThreatModel.LInf(0.3), second, third).CreateRows(network, inputs, labels);
        Assert.All(made.Success!.data<bool>().ToArray(), Assert.True);
        Assert.All(made.EnsembleCorrect!.data<bool>().ToArray(), Assert.True);
        Assert.Equal([0L, 0, 0, 0], FeatureDatasetTestCase.Numbers(made.Labels));
        // Down for the network, up for the others.
        Assert.Equal(Enumerable.Repeat(new[] { 0.3, 0.9, 0.9 }, 4).SelectMany(row => row),
            FeatureDatasetTestCase.Values(made.Inputs).Select(value => Math.Round(value, 12)));

        // Where all read alike nobody can be fooled alone: a heavy ensemble keeps all right.
        using var alike = new NonTransferable(ThreatModel.LInf(0.3), Reading(0), Reading(0)) { Weight = 5 }.CreateRows(network,
            inputs, labels);
        Assert.All(alike.Success!.data<bool>().ToArray(), Assert.False);
        Assert.All(alike.EnsembleCorrect!.data<bool>().ToArray(), Assert.True);
    }

    [Fact]
    public void NonTransferable_WithoutOthers_OrWithOthersOfOtherClasses_IsAnError()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => new NonTransferable(FeatureDatasetTestCase.Ball));
        Assert.StartsWith(
            "An ensemble of one has nobody to stay right: expected one network or more beside the one to fool, got none.",
            error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(
            () => new NonTransferable(FeatureDatasetTestCase.Ball, Reading(0)).CreateRows(FeatureDatasetTestCase.Network(),
                FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels));
        Assert.Equal("The networks of an ensemble must have the same classes: the one to fool has 3, another 2.", error.Message);
    }

    [Fact]
    public void NonTransferable_LeavesTheOthersAsTheyWere()
    {
        using var scope = NewDisposeScope();
        var other = FeatureDatasetTestCase.Network(1);
        other.train();
        using var made = new NonTransferable(FeatureDatasetTestCase.Ball,
            other)
        { Steps = 2 }.CreateRows(FeatureDatasetTestCase.Network(), FeatureDatasetTestCase.Inputs,
            FeatureDatasetTestCase.Labels);
        Assert.True(other.training);
        Assert.All(other.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.grad is null));
    }

    [Fact]
    public void MislabeledOnly_KeepsTheRowsThatAreWrong_WithWhatTheNetworkSays()
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(new[] { 0.9, 0.1, 0.8, 0.2 }).view(4, 1);
        using var made = new MislabeledOnly { BatchSize = 3 }.CreateRows(Reading(0), inputs, tensor(new long[] { 1, 1, 0, 1 }));
        Assert.Equal([1L, 2, 3], made.Positions);
        Assert.Equal([0L, 1, 0], FeatureDatasetTestCase.Numbers(made.Labels));
        Assert.Equal([0.1, 0.8, 0.2], FeatureDatasetTestCase.Values(made.Inputs));
        using var none = new MislabeledOnly().CreateRows(Reading(0), inputs, tensor(new long[] { 1, 0, 1, 0 }));
        Assert.Equal([0, 1], none.Inputs.shape);
        Assert.Empty(none.Positions!);
    }

    private static FunctionNetwork Reading(int value) => new(input =>
    {
        using var scope = NewDisposeScope();
        var score = input.flatten(1).narrow(1, value, 1).sub(0.5).mul(4);
        return cat([score.neg(), score], 1).MoveToOuterDisposeScope();
    });

    private static Tensor Labels(int classes) => tensor(Enumerable.Range(0, Many).Select(row => (long)(row % classes)).ToArray());

    private static long[] Steps(long[] drawn, Tensor labels, int classes) =>
        [.. drawn.Zip(FeatureDatasetTestCase.Numbers(labels), (to, from) => (to - from + classes) % classes)];

    private static int[] Counts(long[] values, int classes) =>
        [.. Enumerable.Range(0, classes).Select(value => values.Count(found => found == value))];

    private static double ChiSquare(int[] counts)
    {
        var expected = counts.Sum() / (double)counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
