using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.ThreatModels;

/// <summary>Features with budgets of their own, and features that cannot be moved.</summary>
public class FeatureBudgetTests
{
    private static readonly double[] Budgets = [0.5, 0, 2, 0.1, 0, 1];

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var attack in (string[])["FGSM", "PGD", "PGD, surface", "APGD", "APGD-T", "Noise"])
            {
                foreach (var norm in (string[])["LInf", "L2", "L1"])
                    all.Add(attack, norm);
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_KeepsEachBudgetAndMovesNoFixedFeature(string attackName, string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, 0.7, new ValueRange(-3, 3)).WithBudgets(Budgets);
        using var network = ModelArchitecture.MultilayerPerceptron(16).Create(InputShape.Vector(6), 4, 11).to(ScalarType.Float64);
        var inputs = new RowRandom(4).Uniform(zeros([12, 6], ScalarType.Float64), -3, 3);
        Attack attack = attackName switch
        {
            "FGSM" => new FastGradientMethod(threatModel),
            "PGD" => new ProjectedGradientDescent(threatModel) { Steps = 6, Momentum = 0.5 },
            "PGD, surface" => new ProjectedGradientDescent(threatModel) { Steps = 6, StartOnSurface = true },
            "APGD" => new AutoProjectedGradientDescent(threatModel) { Steps = 20, StopOnSuccess = false },
            "APGD-T" => new AutoProjectedGradientDescent(threatModel) { Steps = 10, Targets = 3 },
            _ => new UniformNoiseAttack(threatModel),
        };
        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(network.call(inputs).argmax(1)));
        var change = result.Inputs.sub(inputs).data<double>().ToArray();
        for (var i = 0; i < change.Length; i++)
        {
            Assert.True(Math.Abs(change[i]) <= 0.7 * Budgets[i % 6] + 1e-12, $"Feature {i % 6} moved by {change[i]}.");
            if (Budgets[i % 6] == 0)
                Assert.Equal(0, change[i]);
        }
        Assert.True(result.Distances.max().item<double>() <= 0.7 + 1e-9);
        Assert.True(result.Distances.min().item<double>() > 0);
    }

    [Theory]
    [InlineData("LInf", 0.6 * 3 + 0.6 * 2 * 2)]
    [InlineData("L2", 0.6 * 5)]
    [InlineData("L1", 0.6 * 4)]
    public void FastGradient_LinearModel_ReachesClosedFormOfTheWeightedNorm(string norm, double fall)
    {
        using var scope = NewDisposeScope();
        // Weights times budgets: 3, −2 · 2 and 0.5 · 0: the dual norm of (3, 4).
        using var network = new MultilayerPerceptron(InputShape.Vector(3), 2).to(ScalarType.Float64);
        using (no_grad())
            network.parameters().First().copy_(tensor(new[] { 3.0, -2, 0.5, 0, 0, 0 }).view(2, 3));
        var inputs = tensor(new[] { 0.3, 0.1, 5 }).view(1, 3);
        var threatModel = Balls.Of(norm, 0.6, ValueRange.Unbounded).WithBudgets(1, 2, 0);
        using var result = new FastGradientMethod(threatModel).Perturb(network, inputs,
            AttackGoal.Untargeted(tensor(new[] { 0L })));
        var before = network.call(inputs).data<double>().ToArray();
        var after = network.call(result.Inputs).data<double>().ToArray();
        Assert.Equal(before[0] - before[1] - fall, after[0] - after[1], 1e-9);
        Assert.Equal(0.6, result.Distances.item<double>(), 1e-9);
    }

    [Fact]
    public void L1_Project_IsTheNearestPointInUnitsOfTheBudgets()
    {
        using var scope = NewDisposeScope();
        double[] budgets = [0.5, 2, 0.1, 1];
        double[] origin = [0.2, 0.4, 0.9, 0.5];
        double[] candidate = [1.1, -0.9, 1.4, 0.9];
        var projected = ThreatModel.L1(0.8).WithBudgets(budgets).Project(tensor(candidate).view(1, 4), tensor(origin).view(1, 4))
            .data<double>().ToArray();
        // In those units the range is another for each feature: shift each so that its origin is zero.
        for (var i = 0; i < 4; i++)
            Assert.InRange(projected[i], 0, 1);
        var spent = projected.Select((value, i) => Math.Abs(value - origin[i]) / budgets[i]).ToArray();
        Assert.Equal(0.8, spent.Sum(), 1e-9);
        // One threshold for all values that neither vanish nor lie on a bound.
        var thresholds = spent.Select((value, i) => Math.Abs(candidate[i] - origin[i]) / budgets[i] - value)
            .Where((_, i) => spent[i] > 1e-9 && projected[i] > 1e-9 && projected[i] < 1 - 1e-9).ToArray();
        Assert.NotEmpty(thresholds);
        Assert.All(thresholds, threshold => Assert.Equal(thresholds[0], threshold, 1e-9));
        for (var i = 0; i < 4; i++)
        {
            var size = Math.Abs(candidate[i] - origin[i]) / budgets[i];
            if (spent[i] <= 1e-9)
                Assert.True(size <= thresholds[0] + 1e-9);
            else if (projected[i] is <= 1e-9 or >= 1 - 1e-9)
                Assert.True(size - spent[i] >= thresholds[0] - 1e-9);
        }
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    [InlineData("Unbounded")]
    public void Project_PutsFixedFeaturesBack(string norm)
    {
        using var scope = NewDisposeScope();
        var origins = tensor(new[] { 0.3, 0.7, 0.1 }).view(1, 3);
        var threatModel = Balls.Of(norm, 0.5, ValueRange.Unit).WithMask(true, false, true);
        var candidates = tensor(new[] { 0.4, 0.2, 0.3 }).view(1, 3);
        var projected = threatModel.Project(candidates, origins).data<double>().ToArray();
        Assert.Equal(0.7, projected[1]);
        Assert.NotEqual(0.3, projected[0]);
        Assert.True(threatModel.Distance(candidates, origins).item<double>() > 1e30,
            "A fixed feature that moved is near no origin.");
        Assert.Equal(0.7, threatModel.RandomStart(origins, new RowRandom(1)).data<double>().ToArray()[1]);
        Assert.Equal(0.7, threatModel.SurfaceStart(origins, new RowRandom(1)).data<double>().ToArray()[1]);
        Assert.Equal(0, threatModel.Direction(ones_like(origins)).data<double>().ToArray()[1]);
    }

    [Fact]
    public void WithMask_KeepsTheBudgetsOfTheOthers()
    {
        var threatModel = ThreatModel.LInf(1).WithBudgets(0.5, 3, 2).WithMask(true, true, false);
        Assert.Equal([0.5, 3, 0], threatModel.Budgets!);
        Assert.Equal([0.5, 3, 0], threatModel.WithEpsilon(0.25).Budgets!);
        Assert.Equal("L∞ 1 in [0, 1], budgets [0.5, 3, 0]", threatModel.ToString());
        Assert.Null(ThreatModel.L2(1).Budgets);
    }

    [Fact]
    public void ToString_ManyBudgets_TellsThemApart()
    {
        var one = ThreatModel.L2(1).WithBudgets([.. Enumerable.Repeat(1.0, 784)]).ToString();
        var other = ThreatModel.L2(1).WithBudgets([.. Enumerable.Repeat(1.0, 783), 2]).ToString();
        Assert.Contains("budgets of 784 features", one);
        Assert.NotEqual(one, other);
        Assert.True(one.Length < 80);
    }

    [Fact]
    public void WrongBudgets_AreNamed()
    {
        Assert.Contains("feature 1 has -2", Assert.Throws<ArgumentException>(() => ThreatModel.L2(1).WithBudgets(1, -2)).Message);
        Assert.Contains("feature 0 has NaN",
            Assert.Throws<ArgumentException>(() => ThreatModel.L2(1).WithBudgets(double.NaN)).Message);
        Assert.Contains("No feature may move",
            Assert.Throws<ArgumentException>(() => ThreatModel.L2(1).WithBudgets(0, 0)).Message);
        Assert.Contains("No feature may move", Assert.Throws<ArgumentException>(() => ThreatModel.L2(1).WithMask(false)).Message);
        Assert.Contains(
            "The mask has 2 features but the threat model's budgets have 3",
            Assert.Throws<ArgumentException>(() => ThreatModel.L2(1).WithBudgets(1, 1, 1).WithMask(true, false)).Message);
    }

    [Fact]
    public void Perturb_BudgetsOfAnotherLength_Throws()
    {
        using var scope = NewDisposeScope();
        using var network = new MultilayerPerceptron(InputShape.Vector(3), 2);
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(1).WithBudgets(1, 1, 1, 1));
        var error = Assert.Throws<ArgumentException>(
            () => attack.Perturb(network, rand(2, 3), AttackGoal.Untargeted(tensor(new[] { 0L, 1 }))));
        Assert.Equal("The threat model has budgets for 4 features, but a row of shape [3] has 3. " +
            "Give ThreatModel.WithBudgets or WithMask one value for each.", error.Message);
    }

}
