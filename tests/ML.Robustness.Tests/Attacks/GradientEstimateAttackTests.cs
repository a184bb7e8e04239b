using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>SPSA and NES: their estimates on linear networks, and what they reach by scores only.</summary>
public class GradientEstimateAttackTests
{
    private static readonly double[] Weights = [2, -1, 0.5, 3, -0.25];

    public static TheoryData<EstimateDirections> AllDirections => [EstimateDirections.Rademacher, EstimateDirections.Normal];

    [Theory]
    [MemberData(nameof(AllDirections))]
    public void Estimate_LinearModel_IsTheSumOverThePairs(EstimateDirections directions)
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var seen = new List<Tensor>();
        network.register_forward_pre_hook((_, input) =>
        {
            seen.Add(input.clone().DetachFromDisposeScope());
            return input;
        });
        var gradient = Estimate(network, directions, ThreatModel.L2(1, ValueRange.Unbounded), pairs: 3);
        var samples = cat(seen).sub(Origin);
        // Each pair is a direction and its opposite; the scores' differences along it are exact on a linear network.
        var expected = zeros([5], ScalarType.Float64);
        for (var pair = 0; pair < 3; pair++)
        {
            Assert.Equal(0, samples[pair].add(samples[pair + 3]).abs().max().item<double>(), 1e-12);
            var direction = samples[pair].div(Radius);
            expected.add_(direction.mul(direction.mul(tensor(Weights)).sum()).div(3));
        }
        Assert.Equal(0, gradient.add(expected).abs().max().item<double>(), 1e-9);
        seen.ForEach(sample => sample.Dispose());
    }

    [Theory]
    [MemberData(nameof(AllDirections))]
    public void Estimate_LinearModel_IsTheGradientInTheMean(EstimateDirections directions)
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var gradient = Estimate(network, directions, ThreatModel.L2(1, ValueRange.Unbounded), pairs: 40_000);
        Assert.Equal(0, gradient.add(tensor(Weights)).abs().max().item<double>(), 0.05);
    }

    [Fact]
    public void Estimate_OneMovableFeature_IsExactWithOnePair()
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var gradient = Estimate(network, EstimateDirections.Rademacher,
            ThreatModel.L2(1, ValueRange.Unbounded).WithBudgets(0, 0, 0, 20, 0), pairs: 1);
        // In units of the budget, along which the margin falls by 60.
        AssertValues([0, 0, 0, -60, 0], gradient);
    }

    [Theory]
    [InlineData("LInf", EstimateDirections.Rademacher, 0.97)]
    [InlineData("LInf", EstimateDirections.Normal, 0.97)]
    [InlineData("L2", EstimateDirections.Rademacher, 0.98)]
    [InlineData("L2", EstimateDirections.Normal, 0.98)]
    [InlineData("L1", EstimateDirections.Rademacher, 0.95)]
    [InlineData("L1", EstimateDirections.Normal, 0.95)]
    public void Perturb_LinearModel_NearsTheClosedFormWorstCase(string norm, EstimateDirections directions, double share)
    {
        using var problem = new LinearProblem();
        // So small that no row falls: a row that fell would be left where it is.
        const double Epsilon = 1e-3;
        var attack = new GradientEstimateAttack(Balls.Of(norm, Epsilon, ValueRange.Unbounded)) { Directions = directions };
        var (falls, success) = problem.Attack(attack);
        var worst = problem.WorstFall(norm, Epsilon);
        var robust = falls.Where((_, row) => !success[row]).ToArray();
        Assert.NotEmpty(robust);
        Assert.All(robust, fall => Assert.InRange(fall / worst, share, 1 + 1e-9));
    }

    [Theory]
    [MemberData(nameof(AllDirections))]
    public void Perturb_NetworkOfSteps_IsFooledByScoresOnly(EstimateDirections directions)
    {
        using var scope = NewDisposeScope();
        using var network = new Steps();
        var inputs = new RowRandom(4).Uniform(zeros(16, 1, 6, 6), 0.3, 0.7);
        Tensor labels;
        using (no_grad())
            labels = network.call(inputs).argmax(1);
        using var result = new GradientEstimateAttack(ThreatModel.LInf(0.1)) { Directions = directions, Queries = 1000 }
            .Perturb(network, inputs, AttackGoal.Untargeted(labels));
        Assert.True(result.SuccessRate > 0.9, $"Only {result.SuccessRate:P0} of the rows fell.");
        Assert.All(result.Queries, queries => Assert.InRange(queries, 3, 1000));
    }

    [Fact]
    public void Perturb_ASampleInsideTheBall_Suffices()
    {
        using var scope = NewDisposeScope();
        // Flat but for one corner: no estimate says where it is, but a sample may lie in it.
        using var network = new Corner();
        using var result = new GradientEstimateAttack(ThreatModel.LInf(0.2)) { SampleRadius = 0.15, Queries = 200 }.Perturb(
            network, full([4, 3], 0.5), AttackGoal.Untargeted(zeros([4], ScalarType.Int64)));
        Assert.Equal(1, result.SuccessRate);
        Assert.All(result.Distances.data<float>().ToArray(), distance => Assert.Equal(0.15, distance, 1e-6));
        // The row, the samples of one step, and the verdict.
        Assert.All(result.Queries, queries => Assert.Equal(103, queries));
    }

    [Fact]
    public void Perturb_ConstantScores_AreNeverBroken_AndFixedFeaturesStay()
    {
        using var scope = NewDisposeScope();
        using var network = new Corner { Reach = 5 };
        var attack = new GradientEstimateAttack(ThreatModel.L2(0.2).WithMask(true, false, true)) { Queries = 400 };
        using var result = attack.Perturb(network, full([4, 3], 0.5), AttackGoal.Untargeted(zeros([4], ScalarType.Int64)));
        Assert.Equal(0, result.SuccessRate);
        Assert.Equal(0, result.Inputs.select(1, 1).sub(0.5).abs().max().item<float>());
        Assert.All(result.Queries, queries => Assert.InRange(queries, 390, 400));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(104)]
    [InlineData(1001)]
    public void Perturb_NeverExceedsItsQueries(int queries)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new GradientEstimateAttack(ThreatModel.LInf(1e-4)) { Queries = queries });
        var goal = AttackGoal.Untargeted(problem.Network.call(problem.Inputs).argmax(1));
        using var result = problem.Attack.Perturb(problem.Network, problem.Inputs, goal);
        Assert.All(result.Queries, count => Assert.InRange(count, queries - 3, queries));
        var averaged = new GradientEstimateAttack(ThreatModel.LInf(1e-4)) { Queries = queries, EotSamples = 2 };
        using var twice = averaged.Perturb(problem.Network, problem.Inputs, goal);
        Assert.All(twice.Queries, count => Assert.InRange(count, queries > 4 ? queries - 7 : 4, queries));
    }

    [Fact]
    public void Perturb_WithoutAnyScale_AsksForOne()
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var error = Assert.Throws<InvalidOperationException>(
            () => new GradientEstimateAttack(ThreatModel.Unbounded(ValueRange.Unbounded)) { StepSize = 1 }.Perturb(
                network, Origin, AttackGoal.Untargeted(zeros([1], ScalarType.Int64))));
        Assert.Equal(
            "Neither a radius nor the range [-Infinity, Infinity] gives a scale: give the attack a StepSize and a SampleRadius.",
            error.Message);
    }

    [Fact]
    public void Options_OutsideTheirBounds_Throw()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientEstimateAttack(threatModel) { Queries = 3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientEstimateAttack(threatModel) { Pairs = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientEstimateAttack(threatModel) { SampleRadius = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientEstimateAttack(threatModel) { StepSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new GradientEstimateAttack(threatModel) { Directions = (EstimateDirections)2 });
        Assert.Contains("Momentum must be zero or more and below one",
            Assert.Throws<ArgumentOutOfRangeException>(() => new GradientEstimateAttack(threatModel) { Momentum = 1 }).Message);
        Assert.Equal("SPSA-5000 L∞ 0.1", new GradientEstimateAttack(threatModel).ToString());
        Assert.Equal("NES-5000 L∞ 0.1",
            new GradientEstimateAttack(threatModel) { Directions = EstimateDirections.Normal }.ToString());
    }

    private const double Radius = 0.5;

    private static Tensor Origin => tensor(new[] { 0.5, 0.1, -0.3, 0.2, 0.9 }).view(1, 5);

    private static Module<Tensor, Tensor> Linear() =>
        LinearProblem.NetworkOf(stack([tensor(Weights), zeros([5], ScalarType.Float64)]));

    private static Tensor Estimate(
        Module<Tensor, Tensor> network, EstimateDirections directions, ThreatModel threatModel, int pairs)
    {
        var attack = new GradientEstimateAttack(threatModel) { Directions = directions, SampleRadius = Radius };
        using var search = new SearchContext(
            network, Origin, AttackGoal.Untargeted(zeros([1], ScalarType.Int64)), AttackLoss.Margin, threatModel,
            new RowRandom(3), default);
        return attack.Estimate(search, Origin.clone(), [0], pairs, step: 0).Gradients.squeeze(0);
    }

    private static void AssertValues(double[] expected, Tensor found)
    {
        foreach (var (value, other) in expected.Zip(AttackContractTests.Values(found)))
            Assert.Equal(value, other, 1e-9);
    }

    /// <summary>Counts the pixels above steps: the scores jump, and have no graph.</summary>
    private sealed class Steps() : Module<Tensor, Tensor>(nameof(Steps))
    {
        public override Tensor forward(Tensor input)
        {
            Assert.False(input.requires_grad || is_grad_enabled(), "No gradient is to be asked for.");
            using var scope = NewDisposeScope();
            var steps = input.mul(20).floor().div(20).flatten(1);
            return stack([steps.narrow(1, 0, 18).sum(1), steps.narrow(1, 18, 18).sum(1)], 1).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Class 1 where every value is above 0.6, or another bound.</summary>
    private sealed class Corner() : Module<Tensor, Tensor>(nameof(Corner))
    {
        public double Reach { get; init; } = 0.6;

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var inside = input.gt(Reach).all(1).to(input.dtype);
            return stack([inside.neg(), inside.sub(0.5)], 1).MoveToOuterDisposeScope();
        }
    }
}
