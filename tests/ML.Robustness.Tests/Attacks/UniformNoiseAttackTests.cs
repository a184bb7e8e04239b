using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

public class UniformNoiseAttackTests
{
    [Fact]
    public void Perturb_KeepsTheBestOfItsDraws()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new UniformNoiseAttack(ThreatModel.L2(0.5)) { Draws = 7 });
        var seen = new List<double[]>(); // the losses of each pass
        var reached = new List<bool[]>();
        problem.Network.register_forward_hook((_, _, logits) =>
        {
            using var inner = NewDisposeScope();
            seen.Add(AttackLoss.CrossEntropy.Evaluate(logits, problem.Labels).data<double>().ToArray());
            reached.Add(logits.argmax(1).ne(problem.Labels).data<bool>().ToArray());
            return logits;
        });
        using var result = problem.Perturb();
        Assert.Equal(7, seen.Count);
        Assert.All(result.Queries, queries => Assert.Equal(7, queries));
        problem.Network.call(result.Inputs);
        for (var row = 0; row < AttackTestCase.Rows; row++)
        {
            var best = Enumerable.Range(0, 7).Max(draw => (reached[draw][row], seen[draw][row]));
            Assert.Equal(best, (reached[7][row], seen[7][row]));
        }
        Assert.True(result.Distances.min().item<double>() > 0);
        Assert.Equal("Noise-7 L2 0.5", problem.Attack.ToString());
    }

    [Fact]
    public void MoreDraws_NeverHelpTheModel()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new UniformNoiseAttack(ThreatModel.LInf(0.3)) { Draws = 20 });
        var loss = new List<double[]>();
        foreach (var draws in (int[])[1, 3, 20])
        {
            using var result = new UniformNoiseAttack(ThreatModel.LInf(0.3)) { Draws = draws }.Perturb(
                problem.Network, problem.Inputs, AttackGoal.Targeted(problem.Labels));
            loss.Add(
                AttackLoss.CrossEntropy.Evaluate(problem.Network.call(result.Inputs), problem.Labels).data<double>().ToArray());
        }
        Assert.True(loss[2].Average() < loss[0].Average());
    }

    [Fact]
    public void Perturb_NeedsNoGradient()
    {
        using var scope = NewDisposeScope();
        using var network = new Steps();
        using var result = new UniformNoiseAttack(ThreatModel.LInf(0.4)).Perturb(network, full([5, 3], 0.5),
            AttackGoal.Untargeted(zeros([5], ScalarType.Int64)));
        Assert.True(result.SuccessRate > 0.5);
    }

    /// <summary>Logits in steps, computed from integers: no gradient.</summary>
    private sealed class Steps() : Module<Tensor, Tensor>(nameof(Steps))
    {
        public override Tensor forward(Tensor input) => input.mul(10).to(ScalarType.Int64).to(ScalarType.Float32).narrow(1, 0, 2);
    }
}
