using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Searches that begin where the caller says.</summary>
public class GivenStartTests
{
    private const double Epsilon = 0.3, StepSize = 0.05;

    [Theory]
    [InlineData("PGD", "LInf")]
    [InlineData("PGD", "L2")]
    [InlineData("FGSM", "LInf")]
    [InlineData("FGSM", "L2")]
    public void Perturb_LinearModelOneStep_IsTheClosedFormFromTheStart(string attackName, string norm)
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(1);
        using var network = new AffineNetwork(12, 2);
        var inputs = random.Normal(zeros([7, 12], ScalarType.Float64));
        var labels = tensor(new long[] { 0, 1, 0, 1, 1, 0, 0 });
        var threatModel = norm == "LInf" ? ThreatModel.LInf(Epsilon, ValueRange.Unbounded)
            : ThreatModel.L2(Epsilon, ValueRange.Unbounded);
        // Inside the ball by more than a step, whatever the norm.
        var starts = inputs.add(random.Derive(1).Uniform(zeros_like(inputs), -0.05, 0.05));
        Attack attack = attackName == "FGSM"
            ? new FastGradientMethod(threatModel) { StepSize = StepSize }
            : new ProjectedGradientDescent(threatModel) { Steps = 1, StepSize = StepSize };

        using var result = attack.PerturbFrom(network, inputs, AttackGoal.Untargeted(labels), starts);

        // Cross-entropy of two classes grows along the other class's weights less the label's.
        var weights = network.get_parameter("weights")!.detach();
        var rise = weights[1].sub(weights[0]).unsqueeze(0).mul(labels.mul(-2).add(1).unsqueeze(1));
        var direction = norm == "LInf" ? rise.sign() : rise.div(rise.square().sum([1], true).sqrt());
        Equal(starts.add(direction.mul(StepSize)), result.Inputs);
    }

    [Fact]
    public void Perturb_StartOutsideTheThreatModel_IsProjectedFirst()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(
            new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 1, StepSize = 1e-9, ReturnBestIterate = false });
        using var result = problem.Attack.PerturbFrom(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
            problem.Inputs.add(7));
        Assert.True(result.Inputs.sub(problem.Inputs.add(0.1).clamp(0, 1)).abs().max().item<double>() <= 2e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Perturb_BatchOfStarts_EqualsItsRows(int restarts)
    {
        using var scope = NewDisposeScope();
        var attack = new ProjectedGradientDescent(ThreatModel.L2(0.4))
        {
            Steps = 3,
            Momentum = 0.5,
            BatchSize = 4
        }.WithRestarts(restarts);
        var problem = new AttackTestCase(attack);
        var starts = attack.ThreatModel.RandomStart(problem.Inputs, new RowRandom(77));
        using var batch = attack.PerturbFrom(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels), starts,
            new RowRandom(8));
        using var plain = problem.Perturb(new RowRandom(8));
        Assert.NotEqual(AttackContractTests.Values(plain.Inputs), AttackContractTests.Values(batch.Inputs));
        for (var row = 0; row < AttackTestCase.Rows; row++)
        {
            using var single = attack.PerturbFrom(
                problem.Network, problem.Inputs.narrow(0, row, 1), AttackGoal.Untargeted(problem.Labels.narrow(0, row, 1)),
                starts.narrow(0, row, 1), new RowRandom(8, row));
            Assert.Equal(AttackContractTests.Values(batch.Inputs.narrow(0, row, 1)), AttackContractTests.Values(single.Inputs));
        }
    }

    [Fact]
    public void Perturb_FromTheAttacksOwnStart_EqualsTheAttack()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 5, RandomStart = false });
        var before = AttackContractTests.Values(problem.Inputs);
        using var plain = problem.Perturb();
        using var given = problem.Attack.PerturbFrom(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
            problem.Inputs);
        Assert.Equal(AttackContractTests.Values(plain.Inputs), AttackContractTests.Values(given.Inputs));
        Assert.Equal(plain.Queries, given.Queries);
        Assert.Equal(before, AttackContractTests.Values(problem.Inputs));
        LiveTensors.AssertNoneLeft(() =>
        {
            using var goal = problem.Labels.clone();
            problem.Attack.PerturbFrom(problem.Network, problem.Inputs, AttackGoal.Untargeted(goal), problem.Inputs).Dispose();
        });
    }

    [Fact]
    public void Perturb_StartsUnlikeTheInputs_AreNamed()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.LInf(0.1)));
        string Message(Tensor starts) => Assert.Throws<ArgumentException>(
            () => problem.Attack.PerturbFrom(problem.Network, problem.Inputs,
                AttackGoal.Untargeted(problem.Labels), starts)).Message;
        Assert.Equal(
            "Starts must be as the inputs are, Float64 [11, 1, 3, 7] on cpu, got Float64 [10, 1, 3, 7] on cpu. (Parameter "
                + "'starts')",
            Message(problem.Inputs.narrow(0, 0, 10)));
        Assert.Equal(
            "Starts must be as the inputs are, Float64 [11, 1, 3, 7] on cpu, got Float32 [11, 1, 3, 7] on cpu. (Parameter "
                + "'starts')",
            Message(problem.Inputs.to(ScalarType.Float32)));
        var broken = problem.Inputs.clone();
        broken[4] = double.NaN;
        Assert.Equal("Starts must be finite, but row 4 of the batch holds NaN or infinity. (Parameter 'starts')",
            Message(broken));
    }

    [Fact]
    public void Perturb_AnAttackWithoutAStart_SaysWhatToUse()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new SquareAttack(ThreatModel.LInf(0.1)));
        var error = Assert.Throws<NotSupportedException>(
            () => problem.Attack.PerturbFrom(problem.Network, problem.Inputs,
                AttackGoal.Untargeted(problem.Labels), problem.Inputs));
        Assert.Equal(
            "Square-5000 L∞ 0.1 does not begin at a start: use ProjectedGradientDescent or FastGradientMethod, or call Perturb "
                + "without starts.",
            error.Message);
    }

    private static void Equal(Tensor expected, Tensor actual)
    {
        foreach (var (one, other) in AttackContractTests.Values(expected).Zip(AttackContractTests.Values(actual)))
            Assert.Equal(one, other, 1e-12);
    }
}
