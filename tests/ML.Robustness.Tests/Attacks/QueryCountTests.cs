using ML.Robustness.Attacks;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>How often each row went through the network.</summary>
public class QueryCountTests
{
    public static TheoryData<string> AllAttacks => [.. AttackTable.Attacks.Keys];

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Queries_AddUpToTheRowsOfAllPasses(string attackName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, "L2");
        var rows = 0L;
        problem.Network.register_forward_pre_hook((_, input) =>
        {
            rows += input.shape[0];
            return input;
        });
        using var result = problem.Perturb();
        Assert.Equal(AttackTestCase.Rows, result.Queries.Count);
        Assert.Equal(rows, result.Queries.Sum());
        Assert.All(result.Queries, queries => Assert.True(queries > 0));
    }

    [Fact]
    public void Queries_OfAPlainAttack_AreItsStepsAndTheVerdict()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7, BatchSize = 4 });
        using var result = problem.Perturb();
        Assert.All(result.Queries, queries => Assert.Equal(8, queries));
    }

    [Fact]
    public void Queries_OfRestarts_AreFewerForRowsThatFell()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new FastGradientMethod(ThreatModel.LInf(0.1)) { RandomStart = true }.WithRestarts(3));
        using var first = ((RestartedAttack)problem.Attack).Inner.Perturb(problem.Network, problem.Inputs,
            AttackGoal.Untargeted(problem.Labels));
        using var result = problem.Perturb();
        for (var row = 0; row < AttackTestCase.Rows; row++)
            Assert.Equal(
                first.Success[row].item<bool>() ? 2 : result.Success[row].item<bool>() ? Math.Min(result.Queries[row], 6) : 6,
                result.Queries[row]);
    }

    [Fact]
    public void Perturb_CancelledHalfWay_StopsAtThatPass()
    {
        foreach (var attackName in AttackTable.Attacks.Keys.Where(AttackTable.StopsWhereReached))
        {
            using var scope = NewDisposeScope();
            var problem = new AttackTestCase(attackName, "LInf");
            var goal = AttackGoal.Untargeted(problem.Network.call(problem.Inputs).argmax(1));
            CancellationTokenSource? source = null;
            var passes = 0;
            problem.Network.register_forward_pre_hook((_, input) =>
            {
                if (++passes == 4)
                    source?.Cancel();
                return input;
            });
            LiveTensors.AssertNoneLeft(() =>
            {
                passes = 0;
                using var fresh = source = new CancellationTokenSource();
                Assert.Throws<OperationCanceledException>(
                    () => problem.Attack.Perturb(problem.Network, problem.Inputs, goal, cancellation: fresh.Token));
                Assert.Equal(4, passes);
            });
        }
    }
}
