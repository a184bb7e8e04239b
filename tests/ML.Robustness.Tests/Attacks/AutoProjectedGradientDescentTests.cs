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

public class AutoProjectedGradientDescentTests
{
    [Theory]
    [InlineData(100, new[] { 22, 41, 57, 70, 80, 87, 93, 99 })]
    [InlineData(50, new[] { 11, 21, 30, 38, 45 })]
    [InlineData(20, new[] { 4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 })]
    [InlineData(10, new[] { 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    [InlineData(1, new[] { 1 })]
    public void Checkpoints_AreThoseOfTheReference(int steps, int[] expected) =>
        Assert.Equal(expected, ApgdMomentumRun.CheckpointsOf(steps));

    [Fact]
    public void Stages_NarrowTheBallWithinTheSteps()
    {
        Assert.Equal([(3, 30), (2, 30), (1, 40)], AutoProjectedGradientDescent.Stages(100));
        Assert.Equal([(3, 3), (2, 3), (1, 1)], AutoProjectedGradientDescent.Stages(7));
        Assert.Equal([(1, 4)], AutoProjectedGradientDescent.Stages(4));
        Assert.Equal([(1, 1)], AutoProjectedGradientDescent.Stages(1));
    }

    [Theory]
    [InlineData("LInf", "CE")]
    [InlineData("LInf", "DLR")]
    [InlineData("LInf", "T")]
    [InlineData("L2", "CE")]
    [InlineData("L2", "DLR")]
    [InlineData("L2", "T")]
    public void Perturb_LinearModel_ReachesClosedFormWorstCase(string norm, string kind)
    {
        using var problem = new LinearProblem();
        var attack = new AutoProjectedGradientDescent(Balls.Of(norm, 0.3, ValueRange.Unbounded))
        {
            StopOnSuccess = false,
            Loss = kind == "DLR" ? AttackLoss.Dlr : AttackLoss.CrossEntropy,
            Targets = kind == "T" ? 9 : 0,
        };

        problem.AssertReachesWorstCase(attack, norm, 0.3);
    }

    [Fact]
    public void Perturb_LinearModelL1_NearsTheClosedFormOfBallAndRange()
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(1);
        var weights = random.Normal(zeros([2, 200], ScalarType.Float64));
        using var network = LinearProblem.NetworkOf(weights);
        var inputs = random.Derive(1).Uniform(zeros([6, 200], ScalarType.Float64), 0, 1);
        var labels = zeros([6], ScalarType.Int64);
        var attack = new AutoProjectedGradientDescent(ThreatModel.L1(8)) { StopOnSuccess = false };
        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(labels));
        using var single = new FastGradientMethod(ThreatModel.L1(8)).Perturb(network, inputs, AttackGoal.Untargeted(labels));

        var difference = weights[1].sub(weights[0]).data<double>().ToArray();
        for (var row = 0; row < 6; row++)
        {
            // The steepest values first, each to its bound, until the radius is spent: what the best adversary does, and the one
            // step of FGSM.
            var (left, gain) = (8.0, 0.0);
            foreach (var (weight, value) in difference.Zip(inputs[row].data<double>().ToArray())
                .OrderByDescending(pair => Math.Abs(pair.First)))
            {
                var spent = Math.Min(left, weight > 0 ? 1 - value : value);
                (left, gain) = (left - spent, gain + spent * Math.Abs(weight));
            }
            var before = Margin(network, inputs, row);
            Assert.Equal(before + gain, Margin(network, single.Inputs, row), 1e-9);
            Assert.InRange(Margin(network, result.Inputs, row), before + 0.97 * gain, before + gain + 1e-9);
        }
    }

    [Theory]
    [InlineData("LInf", 30)]
    [InlineData("L2", 30)]
    [InlineData("LInf", 9)]
    [InlineData("L2", 9)]
    public void Perturb_FollowsTheAlgorithmWrittenOut(string norm, int steps)
    {
        using var scope = NewDisposeScope();
        using var network = new Waves();
        var threatModel = Balls.Of(norm, 0.9, new ValueRange(-1.1, 1.2));
        var origins = tensor(new[] { 0.3, -0.7, 0.2, /**/ -1, 0.8, 1.1, /**/ 0, 0.4, -0.5 }).view(3, 3);
        var attack = new AutoProjectedGradientDescent(threatModel) { Steps = steps, StopOnSuccess = false };
        var random = new RowRandom(6);
        using var result = attack.Perturb(network, origins, AttackGoal.Untargeted(zeros([3], ScalarType.Int64)), random);
        var starts = threatModel.SurfaceStart(origins, random);
        var halvings = 0;
        for (var row = 0; row < 3; row++)
        {
            var expected = Ascend(origins[row].data<double>().ToArray(), starts[row].data<double>().ToArray(), norm, 0.9, steps,
                ref halvings);
            var found = result.Inputs[row].data<double>().ToArray();
            for (var i = 0; i < 3; i++)
                Assert.Equal(expected[i], found[i], 1e-7); // At a top, rounding chooses among points that are equally high.
        }
        Assert.True(halvings > 0, "The case never halves a step.");
    }

    [Theory]
    [InlineData("LInf", 0)]
    [InlineData("L2", 0)]
    [InlineData("L1", 0)]
    [InlineData("LInf", 2)]
    [InlineData("L1", 2)]
    public void StopWhenReached_GivesTheSameVerdictsFromFewerRows(string norm, int targets)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, norm switch { "LInf" => 0.12, "L2" => 0.4, _ => 1 }, ValueRange.Unit);
        var problem = new AttackTestCase(new AutoProjectedGradientDescent(threatModel) { Steps = 25, Targets = targets });
        var whole = new AutoProjectedGradientDescent(threatModel) { Steps = 25, Targets = targets, StopOnSuccess = false };
        var inputs = AttackTable.Inputs(new InputShape(1, 3, 7), 60, ValueRange.Unit);
        var goal = AttackGoal.Untargeted(problem.Network.call(inputs).argmax(1));
        using var expected = whole.Perturb(problem.Network, inputs, goal);
        using var found = problem.Attack.Perturb(problem.Network, inputs, goal);
        Assert.Equal(expected.Success.data<bool>().ToArray(), found.Success.data<bool>().ToArray());
        Assert.InRange(found.SuccessRate, 0.1, 0.9);
        Assert.True(found.Queries.Sum() < 0.85 * expected.Queries.Sum(),
            $"{found.Queries.Sum()} against {expected.Queries.Sum()} queries.");
        var success = found.Success.data<bool>().ToArray();
        for (var row = 0; row < 60; row++)
        {
            // A row that stands has been through all steps of all runs: the clean pass, starts, steps and the verdict.
            if (!success[row])
                Assert.Equal(expected.Queries[row], found.Queries[row]);
            else
                Assert.True(found.Queries[row] <= expected.Queries[row]);
        }
        Assert.True(found.Distances.max().item<double>() <= threatModel.Epsilon + 1e-9);
    }

    [Fact]
    public void Queries_AreStepsAndTheStartAndTheVerdict()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(
            new AutoProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 12, StopOnSuccess = false });
        using var result = problem.Perturb();
        Assert.All(result.Queries, queries => Assert.Equal(12 + 2, queries));
        var targeted = new AttackTestCase(
            new AutoProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 12, Targets = 9, StopOnSuccess = false });
        using var both = targeted.Perturb();
        // Three classes leave two targets; one pass more ranks them.
        Assert.All(both.Queries, queries => Assert.Equal(2 * (12 + 1) + 2, queries));
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void MoreTargetsAndRestarts_NeverHelpTheModel(string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(norm, norm switch { "LInf" => 0.1, "L2" => 0.4, _ => 1 }, ValueRange.Unit);
        var problem = new AttackTestCase(new FastGradientMethod(threatModel));
        var inputs = AttackTable.Inputs(new InputShape(1, 3, 7), 50, ValueRange.Unit);
        var goal = AttackGoal.Untargeted(problem.Network.call(inputs).argmax(1));
        var before = new bool[50];
        foreach (var attack in (Attack[])[
            new AutoProjectedGradientDescent(threatModel) { Steps = 10, Targets = 1 },
            new AutoProjectedGradientDescent(threatModel) { Steps = 10, Targets = 2 },
            new AutoProjectedGradientDescent(threatModel) { Steps = 10, Targets = 2 }.WithRestarts(3)])
        {
            using var result = attack.Perturb(problem.Network, inputs, goal);
            var success = result.Success.data<bool>().ToArray();
            Assert.All(before.Zip(success), pair => Assert.True(!pair.First || pair.Second));
            before = success;
        }
        Assert.Contains(true, before);
        Assert.Contains(false, before);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L1")]
    public void Perturb_CancelledHalfway_LeavesNoTensorsAlive(string norm)
    {
        var threatModel = Balls.Of(norm, norm == "LInf" ? 0.1 : 1, ValueRange.Unit);
        var problem = new AttackTestCase(new AutoProjectedGradientDescent(threatModel) { Steps = 30, Targets = 2 });
        LiveTensors.AssertNoneLeft(() =>
        {
            using var source = new CancellationTokenSource();
            var passes = 0;
            var hook = problem.Network.register_forward_pre_hook((_, input) =>
            {
                if (++passes == 20)
                    source.Cancel();
                return input;
            });
            Assert.Throws<OperationCanceledException>(() =>
                problem.Attack.Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
                    cancellation: source.Token));
            hook.remove();
            Assert.Equal(20, passes);
        });
        Assert.All(problem.Network.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void FewClasses_AreToldInMessages()
    {
        using var scope = NewDisposeScope();
        var inputs = AttackTable.Inputs(InputShape.Vector(6), 4, ValueRange.Unit);
        string[] Messages(int classes, int targets, AttackLoss loss)
        {
            using var network = AttackTable.Network(InputShape.Vector(6), classes);
            var attack = new AutoProjectedGradientDescent(ThreatModel.LInf(0.01))
            {
                Steps = 4,
                Targets = targets,
                Loss = loss,
                BatchSize = 2
            };
            using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(AttackTable.Labels(4, classes)));
            return [.. result.Messages];
        }

        Assert.Empty(Messages(2, 0, AttackLoss.CrossEntropy));
        Assert.Contains("needs three classes", Assert.Single(Messages(2, 0, AttackLoss.Dlr)));
        Assert.Empty(Messages(3, 0, AttackLoss.Dlr));
        Assert.Contains("needs three classes", Assert.Single(Messages(2, 9, AttackLoss.CrossEntropy)));
        Assert.Contains("needs four classes", Assert.Single(Messages(3, 9, AttackLoss.CrossEntropy)));
        Assert.Empty(Messages(4, 9, AttackLoss.CrossEntropy));
    }

    [Fact]
    public void ToString_NamesTheVariant()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Equal("APGD-CE-100 L∞ 0.1", new AutoProjectedGradientDescent(threatModel).ToString());
        Assert.Equal("APGD-DLR-50 L∞ 0.1",
            new AutoProjectedGradientDescent(threatModel) { Steps = 50, Loss = AttackLoss.Dlr }.ToString());
        Assert.Equal("APGD-T9-100 L∞ 0.1, 5 restarts",
            new AutoProjectedGradientDescent(threatModel) { Targets = 9 }.WithRestarts(5).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => new AutoProjectedGradientDescent(threatModel) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AutoProjectedGradientDescent(threatModel) { Targets = -1 });
    }

    private static double Margin(Module<Tensor, Tensor> network, Tensor inputs, int row)
    {
        var logits = network.call(inputs.narrow(0, row, 1)).data<double>().ToArray();
        return logits[1] - logits[0];
    }

    /// <summary>APGD on <see cref="Waves"/> in plain numbers, from the paper's description.</summary>
    private static double[] Ascend(double[] origin, double[] start, string norm, double epsilon, int steps, ref int halvings)
    {
        double[] Project(double[] point)
        {
            var change = point.Zip(origin, (value, from) => value - from).ToArray();
            var shrink = Math.Min(1, epsilon / Math.Max(Math.Sqrt(change.Sum(c => c * c)), 1e-12));
            return [
                .. change.Select(
                    (c, i) => Math.Clamp(origin[i] + (norm == "LInf" ? Math.Clamp(c, -epsilon, epsilon) : c * shrink), -1.1,
                        1.2))];
        }

        var checkpoints = new HashSet<int>();
        for (double next = Math.Max((int)(0.22 * steps), 1), gap = next; next <= steps; next += gap)
        {
            checkpoints.Add((int)next);
            gap = Math.Max(gap - Math.Max((int)(0.03 * steps), 1), Math.Max((int)(0.06 * steps), 1));
        }
        var (x, former, size) = (start, start, 2 * epsilon);
        var (loss, gradient) = Waves.Climb(x);
        var (best, bestLoss, bestGradient) = (x, loss, gradient);
        var (rises, since, bestThen, halvedThen) = (0, 0, loss, true);
        for (var step = 1; step <= steps; step++)
        {
            var length = Math.Sqrt(gradient.Sum(g => g * g));
            var z = Project(
                [.. x.Select((value, i) => value + size * (norm == "LInf" ? Math.Sign(gradient[i]) : gradient[i] / length))]);
            var share = step == 1 ? 1 : 0.75;
            var next = Project([.. x.Select((value, i) => value + share * (z[i] - value) + (1 - share) * (value - former[i]))]);
            (former, x) = (x, next);
            var lossBefore = loss;
            (loss, gradient) = Waves.Climb(x);
            rises += loss > lossBefore ? 1 : 0;
            if (loss > bestLoss)
                (best, bestLoss, bestGradient) = (x, loss, gradient);
            since++;
            if (!checkpoints.Contains(step))
                continue;
            var halve = rises <= 0.75 * since || (!halvedThen && bestThen >= bestLoss);
            if (halve)
            {
                (size, x, gradient) = (size / 2, best, bestGradient);
                halvings++;
            }
            (halvedThen, bestThen, rises, since) = (halve, bestLoss, 0, 0);
        }
        return best;
    }

    /// <summary>Logits (0, Σ sin(a x) − 0.1 x²): a loss with several tops.</summary>
    private sealed class Waves() : Module<Tensor, Tensor>(nameof(Waves))
    {
        private static readonly double[] Frequencies = [3, 5, 2];

        public static (double Loss, double[] Gradient) Climb(double[] x)
        {
            var height = x.Select((value, i) => Math.Sin(Frequencies[i] * value) - 0.1 * value * value).Sum();
            // The cross-entropy of label 0 is log(1 + e^h), its gradient σ(h) ∇h.
            var slope = 1 / (1 + Math.Exp(-height));
            return (Math.Log(1 + Math.Exp(height)),
                [.. x.Select((value, i) => slope * (Frequencies[i] * Math.Cos(Frequencies[i] * value) - 0.2 * value))]);
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var height = input.mul(tensor(Frequencies)).sin().sub(input.square().mul(0.1)).sum(1);
            return stack([zeros_like(height), height], 1).MoveToOuterDisposeScope();
        }
    }
}
