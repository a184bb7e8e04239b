using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Attacks against closed forms and against loops written out by hand.</summary>
public class OracleTests
{
    private const double Epsilon = 0.3;

    public static TheoryData<string, string, string> LinearCases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var attack in (string[])["FGSM", "PGD", "PGD, restarts", "PGD, momentum"])
            {
                foreach (var norm in (string[])["LInf", "L2"])
                {
                    foreach (var loss in (string[])["CrossEntropy", "Margin"])
                        cases.Add(attack, norm, loss);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(LinearCases))]
    public void Perturb_LinearModel_ReachesClosedFormWorstCase(string attackName, string norm, string lossName)
    {
        using var problem = new LinearProblem();
        var threatModel = Balls.Of(norm, Epsilon, ValueRange.Unbounded);
        var loss = lossName == "Margin" ? AttackLoss.Margin : AttackLoss.CrossEntropy;
        Attack attack = attackName switch
        {
            "FGSM" => new FastGradientMethod(threatModel) { Loss = loss },
            // From the input, L2 steps walk straight to the surface; from a random point they only end near the worst one.
            "PGD" => new ProjectedGradientDescent(threatModel) { Loss = loss, RandomStart = norm == "LInf" },
            "PGD, momentum" => new ProjectedGradientDescent(threatModel) { Loss = loss, RandomStart = false, Momentum = 1 },
            _ => new ProjectedGradientDescent(threatModel) { Loss = loss, RandomStart = norm == "LInf" }.WithRestarts(3),
        };

        problem.AssertReachesWorstCase(attack, norm, Epsilon);
    }

    [Fact]
    public void Perturb_LinearModelThreeClasses_MarginReachesTheBestRivalsWorstCase()
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(9);
        var weights = random.Normal(zeros([3, 8], ScalarType.Float64));
        using var network = LinearProblem.NetworkOf(weights);
        var inputs = random.Derive(1).Normal(zeros([20, 8], ScalarType.Float64)).mul(0.1);
        var labels = network.call(inputs).argmax(1);
        using var result = new ProjectedGradientDescent(ThreatModel.LInf(0.02, ValueRange.Unbounded)) { Loss = AttackLoss.Margin }
            .Perturb(network, inputs, AttackGoal.Untargeted(labels));
        // Small enough a radius that the runner-up stays the runner-up in most rows: in those the closed form is exact.
        var logits = network.call(inputs);
        var rivals = logits.scatter(1, labels.unsqueeze(1), full([20, 1], double.NegativeInfinity, ScalarType.Float64)).argmax(1);
        var fall = weights.index_select(0, rivals).sub(weights.index_select(0, labels)).abs().sum(1).mul(0.02);
        var expected = AttackLoss.Margin.Evaluate(logits, labels).add(fall);
        var found = AttackLoss.Margin.Evaluate(network.call(result.Inputs), labels);
        Assert.True(found.ge(expected.sub(1e-9)).all().item<bool>());
        Assert.True(found.sub(expected).abs().lt(1e-9).to(ScalarType.Float64).mean().item<double>() > 0.7);
    }

    [Fact]
    public void Perturb_BoxActive_GivesTheHandMadeAnswer()
    {
        using var scope = NewDisposeScope();
        // Label 0 wins by w·x with w = (3, −4, 0): the attack moves against it.
        using var network = LinearProblem.NetworkOf(tensor(new[] { 3.0, -4, 0, 0, 0, 0 }).view(2, 3));
        var inputs = tensor(new[] { 0.05, 0.95, 0.5, /**/ 0.9, 0.4, 0.2 }).view(2, 3);
        var goal = AttackGoal.Untargeted(tensor(new long[] { 0, 0 }));

        using var maximum = new FastGradientMethod(ThreatModel.LInf(0.2)).Perturb(network, inputs, goal);
        AssertValues([0, 1, 0.5, /**/ 0.7, 0.6, 0.2], maximum.Inputs);

        using var euclidean = new FastGradientMethod(ThreatModel.L2(0.2)).Perturb(network, inputs, goal);
        AssertValues([0, 1, 0.5, /**/ 0.78, 0.56, 0.2], euclidean.Inputs);
        AssertValues([Math.Sqrt(0.005), 0.2], euclidean.Distances);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void FastGradient_EqualsOneStepOfProjectedGradientDescent(string norm)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new FastGradientMethod(Balls.Of(norm, 0.15, ValueRange.Unit)));
        var single = new AttackTestCase(
            new ProjectedGradientDescent(problem.Attack.ThreatModel)
            {
                Steps = 1,
                StepSize = 0.15,
                RandomStart = false,
                ReturnBestIterate = false
            });
        using var one = problem.Perturb();
        using var other = single.Perturb();
        Assert.Equal(AttackContractTests.Values(one.Inputs), AttackContractTests.Values(other.Inputs));
    }

    [Theory]
    [InlineData("LInf", 0)]
    [InlineData("L2", 0)]
    [InlineData("LInf", 0.9)]
    [InlineData("L2", 0.9)]
    public void ProjectedGradientDescent_FollowsTheLoopWrittenOut(string norm, double momentum)
    {
        using var scope = NewDisposeScope();
        using var network = new Bowl();
        double[] start = [0.3, -0.7, 0.2];
        var attack = new ProjectedGradientDescent(Balls.Of(norm, 0.25, new ValueRange(-0.8, 1)))
        {
            Steps = 6,
            StepSize = 0.11,
            RandomStart = false,
            ReturnBestIterate = false,
            Momentum = momentum,
        };
        using var result = attack.Perturb(network, tensor(start).view(1, 3), AttackGoal.Untargeted(tensor(new long[] { 0 })));
        AssertValues(Descend(start, norm, 0.25, momentum, 6, 0.11), result.Inputs);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void MoreSteps_NeverHelpTheModel(string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, norm == "LInf" ? 0.2 : 0.8, ValueRange.Unit);
        Compare(steps => new ProjectedGradientDescent(threatModel) { Steps = steps, StepSize = 0.2 * threatModel.Epsilon },
            [1, 2, 3, 5, 8, 13]);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void MoreRestarts_NeverHelpTheModel(string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, norm == "LInf" ? 0.15 : 0.6, ValueRange.Unit);
        Compare(
            restarts => new FastGradientMethod(threatModel)
            {
                RandomStart = true,
                StepSize = 0.5 * threatModel.Epsilon
            }.WithRestarts(restarts), [1, 2, 3, 5, 9]);
    }

    [Fact]
    public void Restarts_OnlySeeTheRowsStillRobust()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new FastGradientMethod(ThreatModel.LInf(0.1)) { RandomStart = true }.WithRestarts(3));
        using var single = ((RestartedAttack)problem.Attack).Inner.Perturb(problem.Network, problem.Inputs,
            AttackGoal.Untargeted(problem.Labels));
        var robust = single.Success.logical_not().sum().item<long>();
        Assert.InRange(robust, 1, AttackTestCase.Rows - 1);
        var sizes = new List<long>();
        problem.Network.register_forward_pre_hook((_, input) =>
        {
            sizes.Add(input.shape[0]);
            return input;
        });
        using var result = problem.Perturb();
        // Each run: forward and backward, then the verdict.
        Assert.Equal([AttackTestCase.Rows, AttackTestCase.Rows, robust, robust], sizes.Take(4));
        Assert.All(sizes.Skip(4), size => Assert.InRange(size, 1, robust));
        // What the first run fooled is left as it was.
        var first = single.Success.data<bool>().ToArray();
        for (var row = 0; row < AttackTestCase.Rows; row++)
        {
            if (first[row])
                Assert.Equal(AttackContractTests.Values(single.Inputs[row]), AttackContractTests.Values(result.Inputs[row]));
        }
    }

    [Fact]
    public void KeepBest_ReturnsTheBestIterateAndNotTheLast()
    {
        using var scope = NewDisposeScope();
        // Steps of the whole ball's width jump past the top and back: the last iterate is worse than one before it.
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.L2(0.6)) { Steps = 7, StepSize = 1.2 });
        var last = new ProjectedGradientDescent(problem.Attack.ThreatModel)
        {
            Steps = 7,
            StepSize = 1.2,
            ReturnBestIterate = false
        };
        using var kept = problem.Perturb();
        using var ended = last.Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels));
        Assert.All(kept.Success.data<bool>().ToArray().Zip(ended.Success.data<bool>().ToArray()),
            pair => Assert.True(pair.First || !pair.Second));
        var both = kept.Success.eq(ended.Success);
        var gain = AttackLoss.CrossEntropy.Evaluate(problem.Network.call(kept.Inputs), problem.Labels)
            .sub(AttackLoss.CrossEntropy.Evaluate(problem.Network.call(ended.Inputs), problem.Labels)).masked_select(both);
        Assert.True(gain.min().item<double>() >= 0);
        Assert.True(gain.max().item<double>() > 0);
    }

    [Theory]
    [InlineData(false, 10)]
    [InlineData(true, 11)]
    public void Craft_CostsItsStepsOnly(bool keepBest, int passes)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { ReturnBestIterate = keepBest });
        var seen = 0;
        problem.Network.register_forward_pre_hook((_, input) =>
        {
            seen++;
            return input;
        });
        problem.Attack.Generate(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels), new RowRandom(1));
        Assert.Equal(passes, seen);
        using var result = problem.Perturb();
        Assert.Equal(passes + 11, seen);
    }

    [Fact]
    public void Craft_GivenStartAndLoss_UsesThem()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(
            new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 1, StepSize = 0.01, ReturnBestIterate = false });
        var start = problem.Inputs.add(0.03).clamp(0, 1);
        var crafted = problem.Attack.Generate(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
            new RowRandom(1), AttackLoss.Margin, start);
        Assert.True(crafted.sub(start).abs().max().item<double>() <= 0.01 + 1e-12);
        var before = AttackLoss.Margin.Evaluate(problem.Network.call(start), problem.Labels);
        Assert.True(AttackLoss.Margin.Evaluate(problem.Network.call(crafted), problem.Labels).gt(before).all().item<bool>());
    }

    [Fact]
    public void ToString_OfAUsersAttack_HasItsOwnSettings()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Equal("Shift-3 L∞ 0.1", new ShiftAttack(threatModel) { Shifts = 3 }.ToString());
        Assert.Equal("Shift-3 L∞ 0.1, 2 restarts", new ShiftAttack(threatModel) { Shifts = 3 }.WithRestarts(2).ToString());
        Assert.Equal("UnnamedAttack L∞ 0.1", new UnnamedAttack(threatModel).ToString());
    }

    [Fact]
    public void ToString_NamesMethodNormAndRadius()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Equal("PGD-20 L∞ 0.1", new ProjectedGradientDescent(threatModel) { Steps = 20 }.ToString());
        Assert.Equal("PGD-20 L∞ 0.1, 5 restarts",
            new ProjectedGradientDescent(threatModel) { Steps = 20 }.WithRestarts(5).ToString());
        Assert.Equal("FGSM L2 0.5", new FastGradientMethod(ThreatModel.L2(0.5)).ToString());
    }

    private static void Compare(Func<int, Attack> create, int[] amounts)
    {
        var problem = new AttackTestCase(create(amounts[0]));
        var inputs = AttackTable.Inputs(new InputShape(1, 3, 7), 60, ValueRange.Unit);
        var labels = problem.Network.call(inputs).argmax(1);
        var rates = new List<double>();
        var before = new bool[60];
        foreach (var amount in amounts)
        {
            using var result = create(amount).Perturb(problem.Network, inputs, AttackGoal.Untargeted(labels));
            var success = result.Success.data<bool>().ToArray();
            Assert.All(before.Zip(success),
                pair => Assert.True(!pair.First || pair.Second, "A row that was fooled is not any more."));
            before = success;
            rates.Add(result.SuccessRate);
        }
        Assert.True(rates[^1] > rates[0], $"No attack fooled more rows than the weakest: {string.Join(", ", rates)}.");
        Assert.InRange(rates[0], 0, 0.95);
    }

    private static void AssertValues(double[] expected, Tensor found)
    {
        var values = AttackContractTests.Values(found);
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-9);
    }

    /// <summary>PGD on <see cref="Bowl"/> in plain numbers.</summary>
    private static double[] Descend(double[] origin, string norm, double epsilon, double momentum, int steps, double size)
    {
        var x = origin.ToArray();
        var velocity = new double[x.Length];
        for (var step = 0; step < steps; step++)
        {
            // The cross-entropy of label 0 is log(1 + e^q), its gradient σ(q) ∇q.
            var q = Bowl.Curvature.Zip(x, (a, value) => a * value * value).Sum();
            var gradient = Bowl.Curvature.Zip(x, (a, value) => 2 * a * value / (1 + Math.Exp(-q))).ToArray();
            if (momentum > 0)
            {
                var scale = gradient.Average(Math.Abs);
                velocity = gradient.Zip(velocity, (g, v) => g / scale + momentum * v).ToArray();
                gradient = velocity;
            }
            var length = Math.Sqrt(gradient.Sum(g => g * g));
            var change = x.Select(
                (value, i) => value + size * (norm == "LInf" ? Math.Sign(gradient[i]) : gradient[i] / length) - origin[i])
                .ToArray();
            var shrink = Math.Min(1, epsilon / Math.Sqrt(change.Sum(c => c * c)));
            x = change.Select(
                (c, i) => Math.Clamp(origin[i] + (norm == "LInf" ? Math.Clamp(c, -epsilon, epsilon) : c * shrink), -0.8, 1))
                .ToArray();
        }
        return x;
    }

    /// <summary>Logits (0, Σ a x²): a loss whose gradient turns as the input moves.</summary>
    private sealed class Bowl : Module<Tensor, Tensor>
    {
        public static readonly double[] Curvature = [2, 1, -3];

        public Bowl()
            : base(nameof(Bowl))
        {
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var height = input.square().mul(tensor(Curvature)).sum(1);
            return stack([zeros_like(height), height], 1).MoveToOuterDisposeScope();
        }
    }

    private sealed class ShiftAttack(ThreatModel threatModel) : Attack(threatModel)
    {
        public int Shifts { get; init; }

        protected override string MethodName => $"Shift-{Shifts}";

        protected internal override Tensor Search(SearchContext search) => search.Origins.add(0.01 * Shifts);
    }

    private sealed class UnnamedAttack(ThreatModel threatModel) : Attack(threatModel)
    {
        protected internal override Tensor Search(SearchContext search) => search.Origins;
    }
}
