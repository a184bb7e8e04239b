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

/// <summary>The exact attack on affine networks.</summary>
public class LinearMaximizationAttackTests
{
    private static readonly string[] Norms = ["LInf", "L2", "L1"];

    // f = 3 x0 − x1 + 2 x2 + 2 at the origin; the room down, up, down is (0.2, 1, 0.5).
    private static readonly ValueRange[] Rooms = [new(-0.2, 5), new(-5, 1), new(-0.5, 5)];

    public static TheoryData<string> AllNorms => [.. Norms];

    public static TheoryData<string, bool, double> HandMade => new()
    {
        { "LInf", false, 1 / 3.0 },
        { "L1", false, 2 / 3.0 },
        { "L2", false, 0.534522484 },
        { "LInf", true, 0.466666667 },
        { "L1", true, 1.1 },
        { "L2", true, 0.670820393 },
    };

    [Theory]
    [MemberData(nameof(HandMade))]
    public void Perturb_BreaksTheRowJustBeyondItsRadiusOnly(string norm, bool hasRanges, double radius)
    {
        using var scope = NewDisposeScope();
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
        {
            var weights = tensor(new[] { 3.0, -1, 2 }).to(type);
            using var network = new FunctionNetwork(input =>
                cat([zeros_like(input.narrow(1, 0, 1)), input.mul(weights).sum(1, true).add(2)], 1));
            foreach (var (share, isBroken) in new[] { (0.999, false), (1.001, true) })
            {
                var ball = Balls.Of(norm, share * radius, ValueRange.Unbounded);
                var attack = new LinearMaximizationAttack(hasRanges ? ball.WithRanges(Rooms) : ball);
                using var result = attack.Perturb(network, zeros([1, 3], type), AttackGoal.Untargeted(tensor(new[] { 1L })));
                Assert.Equal(isBroken, result.Success[0].item<bool>());
                Assert.True(result.Distances.to(ScalarType.Float64).item<double>() <= attack.ThreatModel.Epsilon * (1 + 2e-7));
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllNorms))]
    public void Maximize_ReachesTheGreatestGain_AsFoundByBisection(string norm)
    {
        using var scope = NewDisposeScope();
        foreach (var (seed, length) in new[] { (1, 1), (2, 5), (3, 40) })
        {
            var random = new RowRandom((ulong)seed);
            ValueRange[] ranges = [.. Enumerable.Range(0, length).Select(i => (i % 4) switch
            {
                0 => new ValueRange(-1, 1), 1 => new(-0.5, 3), 2 => new(-2, double.PositiveInfinity), _ => ValueRange.Unbounded,
            })];
            double[] budgets = [.. Enumerable.Range(0, length).Select(i => i % 5 == 1 ? 0 : 0.25 * (i % 3 + 1))];
            var origins = random.Uniform(zeros([30, length], ScalarType.Float64), -0.5, 1).clamp_max_(1);
            var gradient = random.Derive(1).Normal(origins);
            gradient.select(1, 0).narrow(0, 0, 10).mul_(1e-20);
            foreach (var epsilon in (double[])[0.01, 0.5, 4])
            {
                var threatModel = Balls.Of(norm, epsilon).WithRanges(ranges).WithBudgets(budgets);
                var points = threatModel.Maximize(gradient, origins);
                Assert.True(threatModel.Distance(points, origins).max().item<double>() <= epsilon);
                var gains = points.sub(origins).mul(gradient).sum(1).data<double>().ToArray();
                for (var row = 0; row < 30; row++)
                {
                    var (w, x) = (Plain(gradient[row]), Plain(origins[row]));
                    var room = w.Select((slope, i) => budgets[i] == 0 ? 0
                        : (slope > 0 ? ranges[i].Maximum - x[i] : x[i] - ranges[i].Minimum) / budgets[i]).ToArray();
                    var most = Greatest([.. w.Select((slope, i) => Math.Abs(slope) * budgets[i])], room, epsilon, norm);
                    Assert.Equal(most, gains[row], 1e-9 * (1 + most));
                }
                var single = threatModel.Maximize(gradient.to(ScalarType.Float32), origins.to(ScalarType.Float32));
                Assert.True(single.to(ScalarType.Float64).allclose(points, 1e-4, 2e-5));
                Assert.True(threatModel.Distance(single, origins.to(ScalarType.Float32)).le(epsilon).all().item<bool>());
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllNorms))]
    public void Perturb_NoOtherAttackBreaksARowThatItDoesNot(string norm)
    {
        const int Rows = 1000, Length = 8;
        using var scope = NewDisposeScope();
        var random = new RowRandom(9);
        ValueRange[] ranges = [.. Enumerable.Range(0, Length).Select(i => new ValueRange(-1 - i % 3, i == 5
            ? double.PositiveInfinity : 1 + i % 4))];
        var threatModel = Balls.Of(norm, norm == "LInf" ? 0.15 : norm == "L2" ? 0.3 : 0.5).WithRanges(ranges)
            .WithBudgets(1, 0.5, 2, 0, 1, 1, 3, 1);
        using var network = new AffineNetwork(Length, 4);
        var inputs = random.Uniform(zeros([Rows, Length], ScalarType.Float64), -1, 1);
        var labels = network.call(inputs).argmax(1).detach();
        var broken = Broken(new LinearMaximizationAttack(threatModel));
        Assert.InRange(broken.Count(row => row), Rows / 10, Rows * 9 / 10);
        var others = new bool[Rows];
        foreach (var attack in (Attack[])
        [
            new AutoProjectedGradientDescent(threatModel) { Steps = 100 },
            new AutoProjectedGradientDescent(threatModel) { Steps = 60, Targets = 3, Loss = AttackLoss.Dlr },
            new FastAdaptiveBoundary(threatModel) { Steps = 60, Targets = 3, StopOnSuccess = true },
            new SquareAttack(threatModel) { Queries = 300 },
        ])
        {
            var found = Broken(attack);
            for (var row = 0; row < Rows; row++)
            {
                Assert.True(!found[row] || broken[row], $"{attack} breaks row {row}.");
                others[row] |= found[row];
            }
        }
        // And together they find nearly all of them.
        Assert.InRange(others.Count(row => row), 0.97 * broken.Count(row => row), Rows);

        bool[] Broken(Attack attack)
        {
            using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(labels));
            return result.Success.data<bool>().ToArray();
        }
    }

    [Theory]
    [MemberData(nameof(AllNorms))]
    public void Perturb_TargetOfTwoClasses_IsExactToo(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(5, 2);
        var inputs = new RowRandom(3).Normal(zeros([50, 5], ScalarType.Float64));
        var labels = network.call(inputs).argmax(1).detach();
        var radii = network.LeastChange(inputs, norm);
        foreach (var (share, isBroken) in new[] { (0.999, false), (1.001, true) })
        {
            for (var row = 0; row < 50; row++)
            {
                var attack = new LinearMaximizationAttack(Balls.Of(norm, share * radii[row], ValueRange.Unbounded));
                var (one, label) = (inputs.narrow(0, row, 1), labels.narrow(0, row, 1));
                using var target = attack.Perturb(network, one, AttackGoal.Targeted(label.neg().add(1)));
                using var any = attack.Perturb(network, one, AttackGoal.Untargeted(label));
                Assert.Equal(isBroken, target.Success[0].item<bool>());
                Assert.Equal(isBroken, any.Success[0].item<bool>());
            }
        }
    }

    [Fact]
    public void Queries_AreTwoForEachClassTried_AndNoneForARowThatIsWrong()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(4, 3);
        var inputs = new RowRandom(4).Normal(zeros([3, 4], ScalarType.Float64));
        var labels = network.call(inputs).argmax(1).detach().clone();
        labels[0] = (labels[0] + 1) % 3;
        using var robust = new LinearMaximizationAttack(ThreatModel.L2(1e-6, ValueRange.Unbounded))
            .Perturb(network, inputs, AttackGoal.Untargeted(labels));
        // The clean pass and the verdict, and a gradient and a verdict for each of two other classes.
        Assert.Equal([2L, 6, 6], robust.Queries);
        Assert.Equal(0, robust.Distances[0].item<double>());
        using var broken = new LinearMaximizationAttack(ThreatModel.L2(100, ValueRange.Unbounded))
            .Perturb(network, inputs, AttackGoal.Untargeted(labels));
        Assert.Equal([2L, 4, 4], broken.Queries);
    }

    [Fact]
    public void Perturb_WithoutABall_GoesToTheEndsOfTheRange()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(3, 2);
        var inputs = full([1, 3], 0.5, ScalarType.Float64);
        var goal = AttackGoal.Untargeted(network.call(inputs).argmax(1).detach());
        using var result = new LinearMaximizationAttack(ThreatModel.Unbounded()).Perturb(network, inputs, goal);
        Assert.All(result.Inputs.data<double>().ToArray(), value => Assert.Contains(value, (double[])[0, 1]));
        var error = Assert.Throws<InvalidOperationException>(
            () => new LinearMaximizationAttack(ThreatModel.Unbounded(new ValueRange(0, double.PositiveInfinity)))
                .Perturb(network, inputs, goal));
        Assert.Contains("Neither a radius nor the range [0, Infinity]", error.Message);
    }

    /// <summary>The greatest Σ a · d with d in the rooms and in the ball, by bisection where it takes a multiplier.</summary>
    private static double Greatest(double[] steepness, double[] room, double epsilon, string norm)
    {
        if (norm == "LInf")
            return steepness.Zip(room, (a, r) => a * Math.Min(r, epsilon)).Sum();
        if (norm == "L1")
        {
            var (left, gain) = (epsilon, 0.0);
            foreach (var i in Enumerable.Range(0, room.Length).OrderByDescending(i => steepness[i]))
            {
                var step = Math.Min(room[i], left);
                gain += steepness[i] * step;
                left -= step;
            }
            return gain;
        }
        double[] At(double scale) => [.. steepness.Zip(room, (a, r) => Math.Min(a * scale, r))];
        var (low, high) = (0.0, 1e30);
        for (var i = 0; i < 400; i++)
        {
            var middle = low == 0 ? high * 1e-3 : Math.Sqrt(low * high);
            if (At(middle).Sum(d => d * d) <= epsilon * epsilon)
                low = middle;
            else if (middle < 1e-12)
                break;
            else
                high = middle;
        }
        return At(low).Zip(steepness, (d, a) => d * a).Sum();
    }

    private static double[] Plain(Tensor values) => values.contiguous().data<double>().ToArray();
}
