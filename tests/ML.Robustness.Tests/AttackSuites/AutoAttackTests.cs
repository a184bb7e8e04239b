using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Tests.AttackSuites;

public sealed class AutoAttackTests
{
    [Fact]
    public void Standard_HasTheReferencesBudgets()
    {
        var suite = AttackSuite.AutoAttack(ThreatModel.LInf(0.1));
        Assert.Equal(["APGD-CE-100 L∞ 0.1", "APGD-T9-100 L∞ 0.1", "FAB-100 L∞ 0.1", "Square-5000 L∞ 0.1"],
            suite.Attacks.Select(attack => attack.ToString()));
        Assert.Equal(9, ((FastAdaptiveBoundary)suite.Attacks[2]).Targets);
        Assert.Equal(0.8, ((SquareAttack)suite.Attacks[3]).FirstShare);
    }

    [Fact]
    public void Standard_UnderL1_HasFiveTargetsAndFiveRestarts() => Assert.Equal(
        ["APGD-CE-100 L1 12, 5 restarts", "APGD-T5-100 L1 12", "FAB-100 L1 12", "Square-5000 L1 12"],
        AttackSuite.AutoAttack(ThreatModel.L1(12)).Attacks.Select(attack => attack.ToString()));

    [Fact]
    public void Plus_RestartsFiveTimes() => Assert.Equal(
        ["APGD-CE-100 L2 0.5, 5 restarts", "APGD-DLR-100 L2 0.5, 5 restarts", "FAB-100 L2 0.5, 5 restarts", "Square-5000 L2 0.5",
            "APGD-T9-100 L2 0.5"],
        AttackSuite.AutoAttack(ThreatModel.L2(0.5), AutoAttackVersion.Plus).Attacks.Select(attack => attack.ToString()));

    [Fact]
    public void Rand_TakesTheMeanOfTwentyPasses()
    {
        var suite = AttackSuite.AutoAttack(ThreatModel.LInf(0.1), AutoAttackVersion.Rand);
        Assert.Equal(["APGD-CE-100 L∞ 0.1", "APGD-DLR-100 L∞ 0.1"], suite.Attacks.Select(attack => attack.ToString()));
        Assert.All(suite.Attacks, attack => Assert.Equal(20, attack.EotSamples));
        Assert.IsType<DlrLoss>(suite.Attacks[1].Loss);
    }

    [Theory]
    [InlineData("LInf", 0.1)]
    [InlineData("L2", 0.3)]
    [InlineData("L1", 0.6)]
    public void Run_IsNeverAboveItsAttacksOrPgd(string norm, double epsilon)
    {
        var threat = norm switch
        {
            "LInf" => ThreatModel.LInf(epsilon),
            "L2" => ThreatModel.L2(epsilon),
            _ => ThreatModel.L1(epsilon)
        };
        using var problem = new AttackSuiteTestCase(40);
        var result = AttackSuite.AutoAttack(threat).Run(problem.Network, problem.Data);
        var pgd = new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 }).Run(problem.Network, problem.Data);
        Assert.InRange(result.RobustAccuracy, 0.01, pgd.RobustAccuracy);
        var right = problem.Right();
        Assert.All(result.Attacks, attack => Assert.True(result.RobustAccuracy <= attack.AccuracyAfter));
        foreach (var attack in AttackSuite.AutoAttack(threat).Attacks.SkipLast(1))
            Assert.True(
                result.RobustAccuracy <= problem.Withstands(attack).Where((withstands, row) => withstands && right[row])
                    .Count() / 40.0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_WithFewClasses_FallsBackAndSaysSo(int classes)
    {
        using var problem = new AttackSuiteTestCase(20, classes: classes);
        var result = AttackSuite.AutoAttack(ThreatModel.LInf(0.1))
            .Run(problem.Network, problem.Data, new AttackSuiteOptions { BatchSize = 7 });
        Assert.Single(result.Messages, message => message.StartsWith("APGD-T9-100 L∞ 0.1: ", StringComparison.Ordinal));
        Assert.InRange(result.RobustAccuracy, 0, result.CleanAccuracy);
    }

    [Fact]
    public void Run_OfALinearClassifierOfTwoClasses_IsTheClosedForm()
    {
        using var problem = new AttackSuiteTestCase(60,
            network: ModelArchitecture.MultilayerPerceptron().Create(InputShape.Vector(AttackSuiteTestCase.Length), 2, 12),
            classes: 2);
        foreach (var threat in (ThreatModel[])[ThreatModel.LInf(0.03), ThreatModel.L2(0.08), ThreatModel.L1(0.1)])
        {
            var linear = LinearClassifier.Of(problem.Network, problem.Data.Shape)!;
            var exact = (double?)linear.RobustRows(problem.Data, threat, default) / 60;
            Assert.Equal(exact, AttackSuite.AutoAttack(threat).Run(problem.Network, problem.Data).RobustAccuracy);
        }
    }

    [Fact]
    public void AutoAttack_WithoutABallOrAVersion_Throws()
    {
        Assert.Contains("has none. Give it LInf, L2 or L1",
            Assert.Throws<ArgumentException>(() => AttackSuite.AutoAttack(ThreatModel.Unbounded())).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => AttackSuite.AutoAttack(ThreatModel.LInf(0.1), (AutoAttackVersion)7));
    }
}
