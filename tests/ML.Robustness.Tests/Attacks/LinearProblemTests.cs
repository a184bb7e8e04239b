using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Tests.Testing;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Every attack against the closed-form worst case of a linear network.</summary>
public class LinearProblemTests
{
    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var attack in AttackTable.Attacks.Keys)
            {
                foreach (var norm in (string[])["LInf", "L2", "L1"])
                    all.Add(attack, norm);
            }
            return all;
        }
    }

    /// <summary>No attack goes beyond the worst case, and none reports success where there is none.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_LinearModel_StaysWithinClosedFormWorstCase(string name, string norm)
    {
        using var problem = new LinearProblem();
        foreach (var epsilon in new[] { 0.1, 0.3, 0.9 })
        {
            var attack = AttackTable.Attacks[name](Balls.Of(norm, epsilon, ValueRange.Unbounded));
            var (falls, success) = problem.Attack(attack);
            Assert.All(falls, fall => Assert.InRange(fall, double.NegativeInfinity, problem.WorstFall(norm, epsilon) + 1e-6));
            Assert.All(success.Zip(problem.WorstCaseSucceeds(norm, epsilon)),
                row => Assert.True(!row.First || row.Second, "Success where even the worst case fails."));
        }
    }
}
