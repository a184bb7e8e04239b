using ML.Robustness.AttackGeometry;
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

/// <summary>The square attack: its schedule, its squares and its budget.</summary>
public class SquareAttackTests
{
    private static readonly ValueRange Wide = new(-9, 9);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(50, 2)]
    [InlineData(51, 4)]
    [InlineData(200, 4)]
    [InlineData(201, 8)]
    [InlineData(500, 8)]
    [InlineData(501, 16)]
    [InlineData(1000, 16)]
    [InlineData(1001, 32)]
    [InlineData(2000, 32)]
    [InlineData(2001, 64)]
    [InlineData(4000, 64)]
    [InlineData(4001, 128)]
    [InlineData(6000, 128)]
    [InlineData(6001, 256)]
    [InlineData(8000, 256)]
    [InlineData(8001, 512)]
    public void Share_FollowsThePublishedTable(int tried, int divisor) =>
        Assert.Equal(0.8 / divisor, SquareAttack.Share(0.8, tried), 1e-15);

    [Theory]
    [InlineData(1, 28, 28, 0.8, 25, 25)]
    [InlineData(3, 32, 32, 0.8, 29, 29)]
    [InlineData(3, 32, 32, 0.1, 10, 10)]
    [InlineData(1, 28, 28, 1e-6, 1, 1)]
    [InlineData(1, 4, 100, 0.5, 4, 50)]
    [InlineData(1, 100, 4, 0.5, 50, 4)]
    [InlineData(1, 1, 60, 0.8, 1, 48)]
    public void Window_IsASquareOfTheShare(int channels, int height, int width, double share, long expectedHeight,
        long expectedWidth)
    {
        using var batch = zeros(2, channels, height, width);
        Assert.Equal((expectedHeight, expectedWidth), new SquareImageView(batch).Window(share));
    }

    [Theory]
    [InlineData(0.8, 25)]
    [InlineData(0.1, 9)]
    [InlineData(0.0001, 3)]
    public void Window_OfTiles_IsOddAndThreeAtLeast(double share, long side)
    {
        using var batch = zeros(2, 1, 28, 28);
        Assert.Equal((side, side), new SquareImageView(batch).Window(share, least: 3, isOdd: true));
    }

    [Theory]
    [InlineData(3, 8, 8)]
    [InlineData(1, 3, 9)]
    [InlineData(2, 1, 7)]
    [InlineData(1, 2, 2)]
    public void Propose_LInf_ChangesOneWindowOfEachRowByPlusOrMinusEpsilon(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        var origins = new RowRandom(1).Normal(zeros([6, channels, height, width], ScalarType.Float64));
        var moves = SquareProposal.For(ThreatModel.LInf(0.5, Wide), origins);
        var frame = new SquareImageView(origins);
        var places = new HashSet<(int, int)>();
        for (ulong draw = 0; draw < 60; draw++)
        {
            const double Share = 0.2;
            var window = frame.Window(Share);
            var patch = moves.Propose(origins, Share, new RowRandom(draw)).sub(origins);
            for (var row = 0; row < 6; row++)
            {
                var touched = Enumerable.Range(0, height).SelectMany(y => Enumerable.Range(0, width).Select(x => (Y: y, X: x)))
                    .Where(at => patch[row, 0, at.Y, at.X].item<double>() != 0).ToArray();
                Assert.Equal(window.Height * window.Width, touched.Length);
                Assert.Equal(window.Height, 1 + touched.Max(at => at.Y) - touched.Min(at => at.Y));
                Assert.Equal(window.Width, 1 + touched.Max(at => at.X) - touched.Min(at => at.X));
                places.Add((touched.Min(at => at.Y), touched.Min(at => at.X)));
                for (var channel = 0; channel < channels; channel++)
                {
                    var values = touched.Select(at => patch[row, channel, at.Y, at.X].item<double>()).ToArray();
                    Assert.All(values, value => Assert.Equal(0.5 * Math.Sign(values[0]), value, 1e-12));
                }
            }
        }
        // Every place is drawn, the last ones too, and rows have places of their own.
        var (windowHeight, windowWidth) = frame.Window(0.2);
        Assert.Equal((height - windowHeight + 1) * (width - windowWidth + 1), places.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    public void Perturb_LInf_MovesEveryValueByEpsilonOrToTheEndOfTheRange(int queries)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new SquareAttack(ThreatModel.LInf(0.1)) { Queries = queries + 1 });
        using var result = problem.Perturb();
        var (low, high) = (problem.Inputs.sub(0.1).clamp(0, 1), problem.Inputs.add(0.1).clamp(0, 1));
        var isAtAnEnd = result.Inputs.sub(low).abs().lt(1e-12).logical_or(result.Inputs.sub(high).abs().lt(1e-12));
        Assert.True(isAtAnEnd.all().item<bool>());
        // One sign for each column: stripes, then squares in them.
        if (queries == 1)
            Assert.True(
                result.Inputs.sub(low).abs().lt(1e-12).logical_or(low.eq(high)).all(2)
                    .logical_or(result.Inputs.sub(high).abs().lt(1e-12).all(2)).all().item<bool>());
    }

    [Theory]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Perturb_EuclideanOrSum_UsesTheWholeRadius(string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = norm == "L2" ? ThreatModel.L2(0.7, Wide) : ThreatModel.L1(0.7, Wide);
        foreach (var shape in AttackTable.Shapes)
        {
            using var network = AttackTable.Network(shape, 3);
            var inputs = AttackTable.Inputs(shape, 7, ValueRange.Unit);
            using var result = new SquareAttack(threatModel) { Queries = 20 }.Perturb(network, inputs,
                AttackGoal.Untargeted(network.call(inputs).argmax(1)));
            Assert.All(result.Distances.data<double>().ToArray(), distance => Assert.Equal(0.7, distance, 1e-9));
        }
    }

    [Fact]
    public void Propose_L2_MovesTheChangeOfOneWindowIntoAnother()
    {
        using var scope = NewDisposeScope();
        var origins = zeros([4, 2, 12, 12], ScalarType.Float64);
        var moves = SquareProposal.For(ThreatModel.L2(1, Wide), origins);
        var start = moves.Start(new RowRandom(1));
        var proposed = moves.Propose(start, 0.07, new RowRandom(2));
        var (before, after) = (start.square().sum(1), proposed.square().sum(1));
        for (var row = 0; row < 4; row++)
        {
            // Outside both windows nothing changes; windows are 3 × 3, and the second one is emptied where the first does not
            // cover it.
            var changed = proposed[row].sub(start[row]).abs().amax([0]).gt(1e-9);
            Assert.InRange(changed.sum().item<long>(), 1, 18);
            var emptied = after[row].lt(1e-15).logical_and(before[row].gt(1e-15));
            Assert.InRange(emptied.sum().item<long>(), 0, 9);
            Assert.Equal(1, after[row].sum().item<double>(), 1e-9);
        }
        Assert.True(after.lt(1e-15).sum().item<long>() > before.lt(1e-15).sum().item<long>());
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Perturb_MoreQueries_NeverLowerTheLossOfARowStillRobust(string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = norm switch { "LInf" => ThreatModel.LInf(0.05), "L2" => ThreatModel.L2(0.2), _ => ThreatModel.L1(0.5) };
        var problem = new AttackTestCase(new SquareAttack(threatModel));
        var labels = problem.Network.call(problem.Inputs).argmax(1);
        var former = full([AttackTestCase.Rows], double.NegativeInfinity, ScalarType.Float64);
        var rises = 0L;
        foreach (var queries in (int[])[2, 3, 5, 9, 20, 60, 120])
        {
            using var result = new SquareAttack(threatModel) { Queries = queries }.Perturb(problem.Network, problem.Inputs,
                AttackGoal.Untargeted(labels));
            var margins = AttackLoss.Margin.Evaluate(problem.Network.call(result.Inputs), labels);
            Assert.True(margins.ge(former).all().item<bool>());
            rises += margins.gt(former).sum().item<long>();
            former = margins;
        }
        Assert.True(rises > 3 * AttackTestCase.Rows, "The search found next to nothing.");
    }

    [Fact]
    public void Perturb_AsksOnlyForRowsStillRobust_AndNoMoreThanItsBudget()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new SquareAttack(ThreatModel.LInf(0.18)) { Queries = 60 });
        var labels = problem.Network.call(problem.Inputs).argmax(1);
        var sizes = new List<long>();
        problem.Network.register_forward_hook((_, input, output) =>
        {
            sizes.Add(input.shape[0]);
            return output;
        });
        using var result = problem.Attack.Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(labels));
        Assert.InRange(result.SuccessRate, 0.2, 0.95);
        Assert.Equal(sizes.Sum(), result.Queries.Sum());
        var success = result.Success.data<bool>().ToArray();
        for (var row = 0; row < AttackTestCase.Rows; row++)
            Assert.True(success[row] ? result.Queries[row] <= 60 : result.Queries[row] == 60);
        // Each pass has exactly the rows that no former pass fooled; the last is the verdict on all.
        Assert.Equal(AttackTestCase.Rows, sizes[^1]);
        for (var pass = 0; pass < sizes.Count - 1; pass++)
            Assert.Equal(result.Queries.Count(queries => queries - 1 > pass), sizes[pass]);
    }

    [Fact]
    public void Perturb_NetworkWithoutGradients_IsFooledAllTheSame()
    {
        using var scope = NewDisposeScope();
        using var network = new Steps();
        var inputs = new RowRandom(4).Uniform(zeros(16, 1, 6, 6), 0.3, 0.7);
        var labels = network.call(inputs).argmax(1);
        var goal = AttackGoal.Untargeted(labels);
        Assert.Throws<InvalidOperationException>(
            () => new ProjectedGradientDescent(ThreatModel.LInf(0.1)).Perturb(network, inputs, goal));
        network.AskedForGradients = false;
        using var result = new SquareAttack(ThreatModel.LInf(0.1)) { Queries = 400 }.Perturb(network, inputs, goal);
        Assert.True(result.SuccessRate > 0.9, $"Only {result.SuccessRate:P0} of the rows fell.");
        Assert.False(network.AskedForGradients);
    }

    [Fact]
    public void Perturb_LinearModel_NearsTheClosedFormWorstCase()
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(16, 2);
        var inputs = new RowRandom(2).Normal(zeros([8, 1, 4, 4], ScalarType.Float64));
        var logits = network.call(inputs);
        var labels = logits.argmax(1);
        var weights = network.named_parameters().Single(pair => pair.name == "weights").parameter;
        var most = weights[0].sub(weights[1]).abs().sum().item<double>();
        var epsilon = 0.5 * AttackLoss.Margin.Evaluate(logits, labels).abs().min().item<double>() / most;
        using var result = new SquareAttack(ThreatModel.LInf(epsilon, ValueRange.Unbounded)) { Queries = 1500 }.Perturb(network,
            inputs, AttackGoal.Untargeted(labels));
        // No row can fall, so that all queries go into the margin, which cannot fall by more than ε‖w‖₁; single pixels reach
        // nearly all of it.
        var fall = AttackLoss.Margin.Evaluate(network.call(result.Inputs), labels).sub(AttackLoss.Margin.Evaluate(logits, labels))
            .div(epsilon * most);
        Assert.True(fall.max().item<double>() <= 1 + 1e-9);
        Assert.True(fall.min().item<double>() > 0.98, $"The margin fell by {fall.min().item<double>():P1} of what it can.");
    }

    [Fact]
    public void Options_OutsideTheirBounds_Throw()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SquareAttack(threatModel) { Queries = 1 });
        Assert.Contains("FirstShare must be above 0 and at most 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => new SquareAttack(threatModel) { FirstShare = 0 }).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SquareAttack(threatModel) { FirstShare = double.NaN });
        Assert.Equal("Square-5000 L∞ 0.1", new SquareAttack(threatModel).ToString());
    }

    /// <summary>Counts the pixels above steps: the outputs jump, and have no graph.</summary>
    private sealed class Steps() : Module<Tensor, Tensor>(nameof(Steps))
    {
        public bool AskedForGradients { get; set; }

        public override Tensor forward(Tensor input)
        {
            AskedForGradients |= input.requires_grad || is_grad_enabled();
            using var scope = NewDisposeScope();
            var steps = input.detach().mul(20).floor().div(20).flatten(1);
            var sums = stack([steps.narrow(1, 0, 18).sum(1), steps.narrow(1, 18, 18).sum(1)], 1);
            return sums.MoveToOuterDisposeScope();
        }
    }
}
