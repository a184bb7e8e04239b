using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Carlini and Wagner's attack against closed forms.</summary>
public class CarliniWagnerTests
{
    private const int Rows = 10;

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    public void Perturb_LinearModel_FindsTheLeastChange(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2, type: type);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], type));
        var labels = network.call(inputs).argmax(1);
        using var result = new CarliniWagner(ThreatModel.L2(100, ValueRange.Unbounded)).Perturb(network, inputs,
            AttackGoal.Untargeted(labels));
        AssertWithinOnePercent(network.LeastChange(inputs, "L2"), result);
    }

    [Fact]
    public void Perturb_LinearModelInABox_FindsTheLeastChangeInsideIt()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        var inputs = new RowRandom(2).Uniform(zeros([Rows, 12], ScalarType.Float64), -0.4, 1.4).clamp(0, 1);
        var labels = network.call(inputs).argmax(1);
        using var result = new CarliniWagner(ThreatModel.L2(100)).Perturb(network, inputs, AttackGoal.Untargeted(labels));
        var expected = network.LeastChange(inputs, "L2", 0, 1);
        Assert.Contains(expected.Zip(network.LeastChange(inputs, "L2")),
            pair => double.IsFinite(pair.First) && pair.First > pair.Second * 1.01);
        AssertWithinOnePercent(expected, result);
    }

    [Fact]
    public void Perturb_SucceedsWithinTheRadiusOnly()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], ScalarType.Float64));
        var labels = network.call(inputs).argmax(1);
        var distances = network.LeastChange(inputs, "L2");
        var epsilon = distances.Order().ElementAt(Rows / 2) * 1.01;
        using var result = new CarliniWagner(ThreatModel.L2(epsilon, ValueRange.Unbounded)).Perturb(network, inputs,
            AttackGoal.Untargeted(labels));
        Assert.Equal(distances.Select(distance => distance <= epsilon), result.Success.data<bool>().ToArray());
        Assert.True(result.Distances.max().item<double>() <= epsilon + 1e-6);
    }

    [Fact]
    public void Perturb_OtherLogitsFarBelowZero_StillFindsThem()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        using (no_grad())
            network.named_parameters().Single(pair => pair.name == "bias").parameter.sub_(50);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], ScalarType.Float64));
        var logits = network.call(inputs);
        Assert.True(logits.max().item<double>() < 0);
        // A mask that multiplies would take 0 for the best of the other logits, and find every row fooled.
        using var result = new CarliniWagner(ThreatModel.L2(100, ValueRange.Unbounded)).Perturb(network, inputs,
            AttackGoal.Untargeted(logits.argmax(1)));
        AssertWithinOnePercent(network.LeastChange(inputs, "L2"), result);
    }

    [Fact]
    public void Perturb_Confidence_IsTheMarginReached()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], ScalarType.Float64));
        var labels = network.call(inputs).argmax(1);
        using var result = new CarliniWagner(ThreatModel.L2(100, ValueRange.Unbounded)) { Confidence = 0.5 }.Perturb(network,
            inputs, AttackGoal.Untargeted(labels));
        var margins = AttackLoss.Margin.Evaluate(network.call(result.Inputs), labels);
        Assert.True(margins.min().item<double>() >= 0.5);
        Assert.True(margins.max().item<double>() < 0.6);
    }

    [Fact]
    public void Perturb_Targeted_GoesToThatClass()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], ScalarType.Float64));
        var targets = network.call(inputs).argmin(1);
        using var result = new CarliniWagner(ThreatModel.L2(100, ValueRange.Unbounded)).Perturb(network, inputs,
            AttackGoal.Targeted(targets));
        Assert.Equal(targets.data<long>().ToArray(), result.Predictions.data<long>().ToArray());
        AssertWithinOnePercent(network.LeastChange(inputs, "L2"), result);
    }

    [Fact]
    public void Options_OutsideTheirBounds_Throw()
    {
        var threatModel = ThreatModel.L2(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CarliniWagner(threatModel) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CarliniWagner(threatModel) { SearchSteps = 0 });
        Assert.Contains("FirstWeight must be a finite number above zero",
            Assert.Throws<ArgumentOutOfRangeException>(() => new CarliniWagner(threatModel) { FirstWeight = 0 }).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CarliniWagner(threatModel) { StepSize = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CarliniWagner(threatModel) { Confidence = -1 });
        Assert.Equal("CW-9x200 L2 1", new CarliniWagner(threatModel).ToString());
    }

    private static void AssertWithinOnePercent(double[] expected, AttackResult result)
    {
        using var scope = NewDisposeScope();
        var found = result.Distances.to(ScalarType.Float64).data<double>().ToArray();
        var success = result.Success.data<bool>().ToArray();
        for (var row = 0; row < expected.Length; row++)
        {
            Assert.Equal(double.IsFinite(expected[row]), success[row]);
            if (success[row])
                Assert.InRange(found[row], expected[row] * (1 - 1e-5), expected[row] * 1.01);
        }
    }
}
