using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>HopSkipJump against closed forms, by labels only.</summary>
public class HopSkipJumpAttackTests
{
    private const int Rows = 8;

    // The other classes' regions together are not convex: the search may end at another boundary than the nearest.
    public static TheoryData<string, int, double> Linear => new()
    {
        { "LInf", 2, 0.03 }, { "LInf", 4, 0.03 }, { "L2", 2, 0.02 }, { "L2", 4, 0.02 }, { "L1", 2, 0.01 }, { "L1", 4, 0.1 },
    };

    [Theory]
    [MemberData(nameof(Linear))]
    public void Perturb_LinearModel_FindsTheDistanceToTheBoundary(string norm, int classes, double above)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, classes);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], ScalarType.Float64));
        using var result = new HopSkipJumpAttack(Balls.Of(norm, 1000, ValueRange.Unbounded)).Perturb(
            network, inputs, AttackGoal.Untargeted(network.call(inputs).argmax(1)));
        Assert.Equal(1, result.SuccessRate);
        AssertNear(network.LeastChange(inputs, norm), result, above);
        Assert.All(result.Queries, queries => Assert.InRange(queries, 20_000, 25_000));
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void Perturb_LinearModelInABox_FindsTheLeastChangeInsideIt(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        var inputs = new RowRandom(2).Uniform(zeros([Rows, 12], ScalarType.Float64), -0.4, 1.4).clamp(0, 1);
        using var result = new HopSkipJumpAttack(Balls.Of(norm, 1000, ValueRange.Unit)).Perturb(
            network, inputs, AttackGoal.Untargeted(network.call(inputs).argmax(1)));
        var expected = network.LeastChange(inputs, norm, 0, 1);
        Assert.Equal(expected.Select(double.IsFinite), result.Success.data<bool>().ToArray());
        AssertNear(expected, result, 0.06);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Perturb_Budgets_MeasuresInBudgets(string norm)
    {
        using var scope = NewDisposeScope();
        double[] weights = [2, -1, 0.5, 3], budgets = [0.5, 0, 20, 1];
        using var network = LinearProblem.NetworkOf(stack([tensor(weights), zeros([4], ScalarType.Float64)]));
        var inputs = new RowRandom(2).Normal(zeros([Rows, 4], ScalarType.Float64));
        var threatModel = Balls.Of(norm, 1000, ValueRange.Unbounded).WithBudgets(budgets);
        using var result = new HopSkipJumpAttack(threatModel).Perturb(
            network, inputs, AttackGoal.Untargeted(network.call(inputs).argmax(1)));
        double[] scaled = [1, 0, 10, 3];
        var length = norm switch
        {
            "LInf" => scaled.Sum(),
            "L2" => Math.Sqrt(scaled.Sum(value => value * value)),
            _ => scaled.Max(),
        };
        var margins = inputs.mul(tensor(weights)).sum(1).abs().data<double>().ToArray();
        AssertNear([.. margins.Select(margin => margin / length)], result, 0.02);
        Assert.Equal(0, result.Inputs.sub(inputs).select(1, 1).abs().max().item<double>());
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void Perturb_BoundaryFarAway_IsFoundByGrowingNoise(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new Rule(input => input.select(1, 0).gt(3e4));
        using var result = new HopSkipJumpAttack(Balls.Of(norm, 1e9, ValueRange.Unbounded)).Perturb(
            network, ones([2, 3], ScalarType.Float64), AttackGoal.Untargeted(zeros([2], ScalarType.Int64)));
        Assert.Equal(1, result.SuccessRate);
        AssertNear([3e4 - 1, 3e4 - 1], result, 0.002);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void Perturb_Steps_FindsTheNearestOne(string norm)
    {
        using var scope = NewDisposeScope();
        // A tree of two levels: class 1 right of 0.6 where the second value is below 0.8, and anywhere above it.
        using var network = new Rule(input => input.select(1, 1).gt(0.8).logical_or(input.select(1, 0).gt(0.6)));
        var inputs = tensor(new[] { 0.5, 0.5, 0.1, /**/ 0.2, 0.7, 0.9, /**/ 0.1, 0.5, 0.3 }).view(3, 3);
        using var result = new HopSkipJumpAttack(Balls.Of(norm, 10, ValueRange.Unit)).Perturb(
            network, inputs, AttackGoal.Untargeted(zeros([3], ScalarType.Int64)));
        AssertNear([0.1, 0.1, 0.3], result, 0.002);
    }

    [Fact]
    public void Perturb_LabelsOnly_GivesTheSameResult()
    {
        using var scope = NewDisposeScope();
        var rates = new List<double>();
        foreach (var (norm, epsilon) in (ReadOnlySpan<(string, double)>)[("LInf", 0.1), ("L2", 0.4), ("L1", 1.5)])
        {
            var problem = new AttackTestCase(new HopSkipJumpAttack(Balls.Of(norm, epsilon)) { Queries = 1000 });
            using var labels = new Rule(problem.Network);
            var goal = AttackGoal.Untargeted(problem.Network.call(problem.Inputs).argmax(1));
            using var byScores = problem.Attack.Perturb(problem.Network, problem.Inputs, goal);
            using var byLabels = problem.Attack.Perturb(labels, problem.Inputs, goal);
            Assert.Equal(AttackContractTests.Values(byScores.Inputs), AttackContractTests.Values(byLabels.Inputs));
            Assert.Equal(byScores.Queries, byLabels.Queries);
            rates.Add(byScores.SuccessRate);
        }
        Assert.InRange(rates.Average(), 0.1, 0.9);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(23)]
    [InlineData(1001)]
    public void Perturb_CountsEachRowsQueries_AndNeverExceedsThem(int queries)
    {
        using var scope = NewDisposeScope();
        // The first value is the number of the row, and cannot move.
        using var network = new CountedRows(Rows);
        var inputs = cat([arange(Rows, ScalarType.Float64).unsqueeze(1),
            new RowRandom(2).Normal(zeros([Rows, 4], ScalarType.Float64))], 1);
        var attack = new HopSkipJumpAttack(ThreatModel.L2(1, new ValueRange(-9, 9)).WithBudgets(0, 1, 1, 1, 1))
        {
            Queries = queries,
        };
        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(tensor(new long[] { 0, 1, 0, 1, 0, 1, 0, 1 })));
        Assert.Equal(network.Counts, result.Queries);
        Assert.All(result.Queries, count => Assert.InRange(count, 3, queries));
        if (queries > 1000)
            Assert.Contains(result.Queries, count => count > 900);
    }

    [Fact]
    public void Perturb_ConstantLabels_AreNeverBroken()
    {
        using var scope = NewDisposeScope();
        using var network = new Rule(input => input.select(1, 0).gt(double.PositiveInfinity));
        foreach (var range in (ValueRange[])[ValueRange.Unit, ValueRange.Unbounded, new(0, double.PositiveInfinity)])
        {
            using var result = new HopSkipJumpAttack(ThreatModel.LInf(0.1, range)) { Queries = 500 }.Perturb(
                network, full([3, 4], 0.5), AttackGoal.Untargeted(zeros([3], ScalarType.Int64)));
            Assert.Equal(0, result.SuccessRate);
            Assert.True(result.Distances.max().item<float>() <= 0.1f + 1e-6f);
            Assert.All(result.Queries, queries => Assert.InRange(queries, 480, 500));
        }
    }

    [Fact]
    public void Perturb_StopOnSuccess_LeavesFallenRowsAlone()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(12, 2);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 12], ScalarType.Float64));
        var distances = network.LeastChange(inputs, "L2");
        var epsilon = distances.Order().ElementAt(Rows / 2) * 1.2;
        var attack = new HopSkipJumpAttack(ThreatModel.L2(epsilon, ValueRange.Unbounded)) { StopOnSuccess = true };
        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(network.call(inputs).argmax(1)));
        var success = result.Success.data<bool>().ToArray();
        for (var row = 0; row < Rows; row++)
        {
            Assert.Equal(distances[row] <= epsilon, success[row]);
            var asked = $"Row {row}, {distances[row] / epsilon} of the radius away, was asked {result.Queries[row]} times.";
            Assert.True(success[row] || result.Queries[row] > 20_000, asked);
            Assert.True(distances[row] > 0.9 * epsilon || result.Queries[row] < 20_000, asked);
        }
        Assert.True(result.Distances.max().item<double>() <= epsilon + 1e-9);
    }

    [Fact]
    public void PerturbFrom_AStart_ReachesATargetThatRandomPointsMiss()
    {
        using var scope = NewDisposeScope();
        // Class 1 is a ball around (0.9, …, 0.9), of five millionths of the cube's volume.
        using var network = new Rule(input => input.sub(0.9).square().sum(1).lt(0.01));
        var inputs = full([2, 6], 0.5, ScalarType.Float64);
        var goal = AttackGoal.Targeted(ones([2], ScalarType.Int64));
        var attack = new HopSkipJumpAttack(ThreatModel.L2(10)) { Queries = 2000 };
        using var without = attack.Perturb(network, inputs, goal);
        Assert.Equal(0, without.SuccessRate);
        using var with = attack.PerturbFrom(network, inputs, goal, full([2, 6], 0.92, ScalarType.Float64));
        var least = (0.4 * Math.Sqrt(6)) - 0.1;
        AssertNear([least, least], with, 0.01);
    }

    [Fact]
    public void Perturb_AveragedPasses_CountAsQueries()
    {
        using var scope = NewDisposeScope();
        var once = new AttackTestCase(new HopSkipJumpAttack(ThreatModel.L2(0.4)) { Queries = 400 });
        var twice = new AttackTestCase(new HopSkipJumpAttack(ThreatModel.L2(0.4)) { Queries = 800, EotSamples = 2 });
        using var single = once.Perturb();
        using var averaged = twice.Perturb();
        Assert.Equal(AttackContractTests.Values(single.Inputs), AttackContractTests.Values(averaged.Inputs));
        Assert.Equal(single.Queries.Select(queries => 2 * queries), averaged.Queries);
    }

    [Fact]
    public void Options_OutsideTheirBounds_Throw()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new HopSkipJumpAttack(threatModel) { Queries = 3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HopSkipJumpAttack(threatModel) { FirstSamples = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HopSkipJumpAttack(threatModel) { MostSamples = 1 });
        Assert.Contains("Tolerance must be above 0 and at most 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => new HopSkipJumpAttack(threatModel) { Tolerance = 0 }).Message);
        Assert.Equal("HopSkipJump-25000 L∞ 0.1", new HopSkipJumpAttack(threatModel).ToString());
    }

    private static void AssertNear(double[] expected, AttackResult result, double above)
    {
        var found = AttackContractTests.Values(result.Distances);
        for (var row = 0; row < expected.Length; row++)
        {
            if (double.IsFinite(expected[row]))
                Assert.InRange(found[row] / expected[row], 1 - 1e-9, 1 + above);
        }
    }

    /// <summary>Labels as scores of one and zero, without a graph: of a rule, or of another network.</summary>
    private sealed class Rule(Func<Tensor, Tensor> predict) : Module<Tensor, Tensor>(nameof(Rule))
    {
        public Rule(Module<Tensor, Tensor> network)
            : this(input => network.call(input).argmax(1))
        {
        }

        public override Tensor forward(Tensor input)
        {
            Assert.False(input.requires_grad || is_grad_enabled(), "No gradient is to be asked for.");
            using var scope = NewDisposeScope();
            return functional.one_hot(predict(input).to(ScalarType.Int64), 3).to(input.dtype).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The sign of a sum, and how often each row came: the first value is its number.</summary>
    private sealed class CountedRows(int rows) : Module<Tensor, Tensor>(nameof(CountedRows))
    {
        public long[] Counts { get; } = new long[rows];

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            foreach (var row in input.select(1, 0).contiguous().data<double>().ToArray())
                Counts[(int)row]++;
            var sum = input.narrow(1, 1, 4).sum(1);
            return stack([sum, sum.neg()], 1).MoveToOuterDisposeScope();
        }
    }
}
