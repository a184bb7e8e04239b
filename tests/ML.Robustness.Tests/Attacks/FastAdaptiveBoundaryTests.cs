using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>FAB against closed forms.</summary>
public class FastAdaptiveBoundaryTests
{
    private const int Rows = 12;

    public static TheoryData<string, int> Linear =>
        new() { { "LInf", 2 }, { "LInf", 4 }, { "L2", 2 }, { "L2", 4 }, { "L1", 2 }, { "L1", 4 } };

    [Theory]
    [MemberData(nameof(Linear))]
    public void Perturb_LinearModel_FindsTheDistanceToTheBoundary(string norm, int classes)
    {
        foreach (var type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32])
        {
            using var scope = NewDisposeScope();
            using var network = new AffineNetwork(20, classes, type: type);
            var inputs = new RowRandom(2).Normal(zeros([Rows, 20], type));
            var labels = network.call(inputs).argmax(1);
            using var result = new FastAdaptiveBoundary(Balls.Of(norm, 1000, ValueRange.Unbounded)) { Steps = 20 }
                .Perturb(network, inputs, AttackGoal.Untargeted(labels));
            // The distance to each boundary is |f| over the dual norm of its normal.
            AssertNear(network.LeastChange(inputs, norm), result, 1e-4, slack: type == ScalarType.Float64 ? 1e-9 : 1e-5);
            Assert.Equal(1, result.SuccessRate);
        }
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Perturb_LinearModelInABox_FindsTheLeastChangeInsideIt(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(20, 2);
        var inputs = new RowRandom(2).Uniform(zeros([Rows, 20], ScalarType.Float64), -0.4, 1.4).clamp(0, 1);
        var labels = network.call(inputs).argmax(1);
        using var result = new FastAdaptiveBoundary(Balls.Of(norm, 1000, ValueRange.Unit)).Perturb(network, inputs,
            AttackGoal.Untargeted(labels));
        var expected = network.LeastChange(inputs, norm, 0, 1);
        // The box binds, or this would be the former test.
        Assert.True(
            expected.Zip(network.LeastChange(inputs, norm))
                .Count(pair => double.IsFinite(pair.First) && pair.First > pair.Second * 1.001) > 3);
        Assert.Equal(expected.Select(double.IsFinite), result.Success.data<bool>().ToArray());
        AssertNear(expected, result, 1e-2);
    }

    [Theory]
    [InlineData("LInf", false)]
    [InlineData("L2", false)]
    [InlineData("LInf", true)]
    [InlineData("L2", true)]
    public void Perturb_SucceedsWithinTheRadiusOnly(string norm, bool stops)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(20, 3);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 20], ScalarType.Float64));
        var labels = network.call(inputs).argmax(1);
        var distances = network.LeastChange(inputs, norm);
        var epsilon = distances.Order().ElementAt(Rows / 2) * 1.001;
        var attack = new FastAdaptiveBoundary(Balls.Of(norm, epsilon, ValueRange.Unbounded))
        {
            Steps = 30,
            StopOnSuccess = stops
        };
        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(labels));
        // Without the final search what is found lies a little beyond the boundary, so that rows on the radius may be missed.
        var expected = distances.Select(distance => distance <= epsilon).ToArray();
        var found = result.Success.data<bool>().ToArray();
        Assert.All(Enumerable.Range(0, Rows),
            row => Assert.True(found[row] == expected[row] || (stops && !found[row] && distances[row] > epsilon * 0.97)));
        Assert.InRange(found.Count(success => success), 3, Rows - 3);
        Assert.True(result.Distances.max().item<double>() <= epsilon + 1e-6);
        // Rows without success come back as near to the boundary as the radius allows, not as they were.
        Assert.True(result.Distances.min().item<double>() > 0);
    }

    [Fact]
    public void Perturb_StopWhenReached_LeavesFallenRowsAlone()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new FastAdaptiveBoundary(ThreatModel.L2(0.4)) { Steps = 20, StopOnSuccess = true });
        var goal = AttackGoal.Untargeted(problem.Network.call(problem.Inputs).argmax(1));
        using var stopped = problem.Attack.Perturb(problem.Network, problem.Inputs, goal);
        using var searched = new FastAdaptiveBoundary(problem.Attack.ThreatModel) { Steps = 20 }.Perturb(problem.Network,
            problem.Inputs, goal);
        Assert.InRange(stopped.SuccessRate, 0.2, 0.9);
        for (var row = 0; row < AttackTestCase.Rows; row++)
        {
            var isFooled = stopped.Success[row].item<bool>();
            Assert.True(!isFooled || searched.Success[row].item<bool>());
            Assert.True(!isFooled || stopped.Queries[row] < 12, $"A fallen row was asked {stopped.Queries[row]} times.");
            Assert.True(isFooled || stopped.Queries[row] >= 2 * 20);
            Assert.True(!isFooled || searched.Distances[row].item<double>() <= stopped.Distances[row].item<double>() + 1e-9);
        }
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void Perturb_Targeted_GoesToThatClass(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(20, 2);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 20], ScalarType.Float64));
        var targets = network.call(inputs).argmin(1);
        using var result = new FastAdaptiveBoundary(Balls.Of(norm, 1000, ValueRange.Unbounded)) { Steps = 20 }.Perturb(network,
            inputs, AttackGoal.Targeted(targets));
        AssertNear(network.LeastChange(inputs, norm), result, 1e-4);
        Assert.Equal(targets.data<long>().ToArray(), result.Predictions.data<long>().ToArray());
    }

    [Fact]
    public void Perturb_RowThatIsWrongAlready_StaysAsItIs()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(20, 3);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 20], ScalarType.Float64));
        var wrong = network.call(inputs).argmin(1);
        using var result = new FastAdaptiveBoundary(ThreatModel.L2(1, ValueRange.Unbounded)).Perturb(network, inputs,
            AttackGoal.Untargeted(wrong));
        Assert.Equal(AttackContractTests.Values(inputs), AttackContractTests.Values(result.Inputs));
        Assert.Equal(1, result.SuccessRate);
    }

    [Fact]
    public void Perturb_FewerTargets_TriesTheLikeliestOnly()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(20, 6);
        var inputs = new RowRandom(2).Normal(zeros([Rows, 20], ScalarType.Float64));
        var goal = AttackGoal.Untargeted(network.call(inputs).argmax(1));
        using var few = new FastAdaptiveBoundary(ThreatModel.L2(1000, ValueRange.Unbounded))
        {
            Steps = 10,
            Targets = 1
        }.Perturb(network, inputs, goal);
        using var all = new FastAdaptiveBoundary(ThreatModel.L2(1000, ValueRange.Unbounded)) { Steps = 10 }.Perturb(network,
            inputs, goal);
        Assert.True(few.Distances.ge(all.Distances.sub(1e-6)).all().item<bool>());
        Assert.True(few.Distances.gt(all.Distances.mul(1.01)).any().item<bool>());
        Assert.Equal(4 * 11, all.Queries[0] - few.Queries[0]);
    }

    [Fact]
    public void Restarts_BeginElsewhere()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new FastAdaptiveBoundary(ThreatModel.L2(0.1)) { Steps = 3, Targets = 1 });
        var goal = AttackGoal.Untargeted(problem.Network.call(problem.Inputs).argmax(1));
        var starts = new List<double[]>();
        problem.Network.register_forward_pre_hook((_, input) =>
        {
            starts.Add(AttackContractTests.Values(input.detach()));
            return input;
        });
        using var result = problem.Attack.WithRestarts(2).Perturb(problem.Network, problem.Inputs, goal);
        Assert.Equal(0, result.SuccessRate);
        Assert.Equal(starts[0], starts[1]);
        var again = starts.Count / 2;
        Assert.Equal(starts[0], starts[again]);
        Assert.NotEqual(starts[0], starts[again + 1]);
        var radii = starts[0].Zip(starts[again + 1], (a, b) => (a - b) * (a - b)).Chunk(21).Select(row => Math.Sqrt(row.Sum()));
        Assert.All(radii, radius => Assert.InRange(radius, 0.001, 0.05 + 1e-9));
    }

    [Fact]
    public void Options_OutsideTheirBounds_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FastAdaptiveBoundary(ThreatModel.L2(1)) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FastAdaptiveBoundary(ThreatModel.L2(1)) { Targets = 0 });
        Assert.Equal("FAB-100 L∞ 0.1", new FastAdaptiveBoundary(ThreatModel.LInf(0.1)).ToString());
    }

    private static void AssertNear(double[] expected, AttackResult result, double tolerance, double slack = 1e-9)
    {
        using var scope = NewDisposeScope();
        var found = result.Distances.to(ScalarType.Float64).data<double>().ToArray();
        for (var row = 0; row < expected.Length; row++)
        {
            if (double.IsFinite(expected[row]))
                Assert.InRange(found[row], expected[row] - slack, expected[row] * (1 + tolerance) + slack);
        }
    }
}
