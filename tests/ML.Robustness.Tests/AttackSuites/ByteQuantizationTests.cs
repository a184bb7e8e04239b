using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Attacks;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.AttackSuites;

/// <summary>Adversarial inputs on the grid of bytes.</summary>
public sealed class ByteQuantizationTests
{
    public static TheoryData<string, double> Cases =>
        new() { { "LInf", 8 / 255.0 }, { "LInf", 8.6 / 255 }, { "L2", 0.5 }, { "L2", 0.03 }, { "L1", 4 } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rounded_LiesOnTheGridInsideTheThreatModel(string norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, epsilon);
        var (bytes, origins) = Origins();
        var candidates = threatModel.RandomStart(origins, new RowRandom(3));
        var rounded = ByteQuantization.Round(candidates, origins, threatModel);
        var levels = rounded.to(ScalarType.Float64).mul(255);
        Assert.True(levels.sub(levels.round()).abs().max().item<double>() < 1e-4);
        var exact = threatModel.Distance(levels.round().div(255), bytes.div(255));
        Assert.True(exact.max().item<double>() <= epsilon + 1e-6, $"{exact.max().item<double>()}");
        Assert.True(exact.min().item<double>() > 0.5 * threatModel.Distance(candidates, origins).min().item<float>() - 1 / 255.0);
    }

    [Fact]
    public void RowsThatFit_AreRoundedToTheNearestByte()
    {
        using var scope = NewDisposeScope();
        var (bytes, origins) = Origins();
        var threatModel = ThreatModel.LInf(8 / 255.0);
        var candidates = threatModel.RandomStart(origins, new RowRandom(5));
        var nearest = candidates.to(ScalarType.Float64).mul(255).round();
        Assert.True(nearest.sub(bytes).abs().max().item<double>() <= 8);
        Assert.Equal(nearest.data<double>().ToArray(),
            ByteQuantization.Round(candidates, origins, threatModel).to(ScalarType.Float64).mul(255).round().data<double>()
                .ToArray());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnAttackJudgedByBytes_FindsBytesInsideTheThreatModel_AndTheNetworksVerdictOnThem(string norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, epsilon);
        var (_, origins) = Origins();
        var network = AttackTable.Network(new(3, 4, 4), 3, ScalarType.Float32);
        var goal = AttackGoal.Untargeted(network.call(origins).argmax(1));
        var attack = new QuantizedAttack(new SquareAttack(threatModel) { Queries = 20 }.WithRestarts(2));
        using var result = attack.Perturb(network, origins, goal);
        var levels = result.Inputs.to(ScalarType.Float64).mul(255);
        Assert.True(levels.sub(levels.round()).abs().max().item<double>() < 1e-4);
        Assert.True(result.Distances.max().item<float>() <= epsilon + 1e-6, $"{result.Distances.max().item<float>()}");
        Assert.Equal(network.call(result.Inputs).argmax(1).data<long>().ToArray(), result.Predictions.data<long>().ToArray());
        Assert.Equal(goal.IsReached(network.call(result.Inputs)).data<bool>().ToArray(), result.Success.data<bool>().ToArray());
        Assert.Equal(attack.Inner.ToString(), attack.ToString());
        // The verdict on the bytes is a query, too.
        using var free = attack.Inner.Perturb(network, origins, goal);
        Assert.True(result.Queries.Zip(free.Queries).All(pair => pair.First == pair.Second + 1));
        LiveTensors.AssertNoneLeft(() => attack.Perturb(network, origins, goal).Dispose());
    }

    [Fact]
    public void WholeBudget_OfWholeBytes_IsKept()
    {
        using var scope = NewDisposeScope();
        var (bytes, origins) = Origins();
        var threatModel = ThreatModel.LInf(8 / 255.0);
        var rounded = ByteQuantization.Round(threatModel.Project(origins.add(1), origins), origins, threatModel);
        var expected = bytes.add(8).clamp(0, 255);
        Assert.Equal(expected.data<double>().ToArray(), rounded.to(ScalarType.Float64).mul(255).round().data<double>().ToArray());
    }

    [Fact]
    public void BudgetsAndMask_AreKept()
    {
        using var scope = NewDisposeScope();
        var (bytes, origins) = Origins();
        var budgets = Enumerable.Range(0, 48).Select(i => i % 3 * 4.7 / 255).ToArray();
        var threatModel = ThreatModel.LInf(1).WithBudgets(budgets);
        var rounded = ByteQuantization.Round(threatModel.Project(origins.sub(1), origins), origins, threatModel);
        var moved = bytes.sub(rounded.to(ScalarType.Float64).mul(255).round()).flatten(1).max(0).values.data<double>().ToArray();
        for (var i = 0; i < 48; i++)
            Assert.InRange(moved[i], i % 3 == 0 ? 0 : 1, i % 3 * 4.7);
    }

    private static (Tensor Bytes, Tensor Origins) Origins()
    {
        using var scope = NewDisposeScope();
        var bytes = new RowRandom(1).Uniform(zeros([20, 3, 4, 4], ScalarType.Float64), 0, 255).round();
        return (bytes.MoveToOuterDisposeScope(), bytes.to(ScalarType.Float32).div(255).MoveToOuterDisposeScope());
    }
}
