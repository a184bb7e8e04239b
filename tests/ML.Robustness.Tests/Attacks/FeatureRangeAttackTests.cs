using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Every attack where each feature has a range of its own.</summary>
public class FeatureRangeAttackTests
{
    private const int Length = 6, Rows = 11;

    /// <summary>Powers of two: the change of units is exact.</summary>
    private static readonly double[] Units = [4, 0.5, 64, 1, 0.125, 16];

    private static readonly double[] Budgets = [0.5, 1, 0, 2, 0.25, 1];

    private static readonly ValueRange[] Mixed =
    [
        new(-1, 0.3), new(2, 5), new(0, double.PositiveInfinity), new(double.NegativeInfinity, 0.5), ValueRange.Unbounded,
        new(1, 10),
    ];

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var attack in AttackTable.Attacks.Keys)
            {
                foreach (var norm in (string[])["LInf", "L2", "L1"])
                    all.Add(attack, norm);
            }
            return all;
        }
    }

    /// <summary>All but momentum, whose gradients are averaged over their length in the input's units.</summary>
    public static TheoryData<string, string> Exact
    {
        get
        {
            var exact = new TheoryData<string, string>();
            foreach (var row in All.Where(row => !row.Data.Item1.Contains("momentum", StringComparison.Ordinal)))
                exact.Add(row);
            return exact;
        }
    }

    private static double Radius(string norm) => norm switch { "LInf" => 0.2, "L2" => 0.4, _ => 0.7 };

    [Theory]
    [MemberData(nameof(Exact))]
    public void Perturb_InOtherUnits_GivesTheSameRowsInThoseUnits(string attackName, string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(Length, 3);
        var units = tensor(Units);
        using var scaled = new FunctionNetwork(input => network.call(input.div(units)));
        var inputs = new RowRandom(5).Uniform(zeros([Rows, Length], ScalarType.Float64), -0.1, 1.1).clamp_(0, 1);
        var goal = AttackGoal.Untargeted(AttackTable.Labels(Rows, 3));
        var unit = Balls.Of(norm, Radius(norm)).WithBudgets(Budgets);
        var own = Balls.Of(norm, Radius(norm)).WithBudgets([.. Budgets.Zip(Units, (budget, size) => budget * size)])
            .WithRanges([.. Units.Select(size => new ValueRange(0, size))]);
        // Adam's smoothing and CarliniWagner's own step size are in the input's units.
        var isOwn = attackName == "CW";
        Attack Create(ThreatModel model) => isOwn
            ? new CarliniWagner(model) { Steps = 8, SearchSteps = 3, FirstWeight = 1 }
            : AttackTable.Attacks[attackName](model);
        using var expected = Create(unit).Perturb(network, inputs, goal);
        using var found = Create(own).Perturb(scaled, inputs.mul(units), goal);
        var back = found.Inputs.div(units);
        if (isOwn)
            Assert.True(back.allclose(expected.Inputs, 1e-4, 1e-4));
        else
            Assert.Equal(expected.Inputs.data<double>().ToArray(), back.contiguous().data<double>().ToArray());
        Assert.Equal(expected.Success.data<bool>().ToArray(), found.Success.data<bool>().ToArray());
        Assert.True(expected.Inputs.sub(inputs).abs().max().item<double>() > 0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_StaysInsideEachRangeToTheFloat(string attackName, string norm)
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.MultilayerPerceptron(16).Create(InputShape.Vector(Length), 3, 11);
        double[] least = [-1, 2, 0, -2, -3, 1], width = [1.3, 3, 4, 2.5, 6, 9];
        var inputs = new RowRandom(6).Uniform(zeros(40, Length), -0.2, 1.2).clamp_(0, 1)
            .mul_(tensor(width).to(ScalarType.Float32)).add_(tensor(least).to(ScalarType.Float32));
        // To the float, so that the inputs themselves are inside.
        var low = tensor(Mixed.Select(range => (float)range.Minimum).ToArray());
        var high = tensor(Mixed.Select(range => (float)range.Maximum).ToArray());
        inputs = inputs.maximum(low).minimum(high);
        var threatModel = Balls.Of(norm, 3 * Radius(norm)).WithRanges(Mixed).WithBudgets(1, 2, 3, 0.5, 0, 1);
        using var result = AttackTable.Attacks[attackName](threatModel)
            .Perturb(network, inputs, AttackGoal.Untargeted(network.call(inputs).argmax(1)));
        Assert.True(result.Inputs.ge(low).logical_and(result.Inputs.le(high)).all().item<bool>());
        Assert.True(result.Distances.max().item<float>() <= threatModel.Epsilon + 1e-6);
        var change = result.Inputs.sub(inputs).abs();
        Assert.Equal(0, change.select(1, 4).max().item<float>());
        Assert.True(change.select(1, 2).max().item<float>() > 0, "A feature with one bound was not moved.");
    }
}
