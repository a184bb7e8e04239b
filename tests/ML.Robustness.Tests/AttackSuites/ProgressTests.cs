using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Evaluation;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.AttackSuites;

public class ProgressTests
{
    private static readonly ThreatModel Threat = ThreatModel.LInf(0.05);

    [Fact]
    public void Run_OfOneBatchThroughASlowNetwork_TellsOfItEverySecondOrSo()
    {
        using var set = new AttackSuiteTestCase(30);
        var suite = new AttackSuite(new ProjectedGradientDescent(Threat) { Steps = 20 });
        var plain = suite.Run(set.Network, set.Data);
        var heard = new List<AttackSuiteProgress>();
        using var slow = new Slow(set.Network, TimeSpan.FromSeconds(0.2));
        var result = suite.Run(
            slow, set.Data, new AttackSuiteOptions { Progress = new TestProgress<AttackSuiteProgress>(heard.Add) });

        Assert.Equal(plain.RowResults, result.RowResults);
        Assert.InRange(heard.Count, 3, 8);
        Assert.All(heard.SkipLast(1), progress => Assert.Equal(0, progress.Done));
        Assert.All(heard, progress => Assert.Equal("PGD-20 L∞ 0.05", progress.Attack));
        AssertRises(heard);
    }

    [Fact]
    public void Evaluate_OverACurveWithChecks_TellsOneShareThatNeverFalls()
    {
        using var set = new AttackSuiteTestCase(60);
        var heard = new List<AttackSuiteProgress>();
        new RobustnessEvaluator(
            Threat,
            threat => new AttackSuite(new FastGradientMethod(threat), new ProjectedGradientDescent(threat) { Steps = 3 }))
        {
            Epsilons = [0, 0.02, 0.05, 0.1],
            SuiteOptions = new AttackSuiteOptions
            {
                BatchSize = 20,
                Progress = new TestProgress<AttackSuiteProgress>(heard.Add),
            },
        }.Evaluate(set.Network, set.Data);

        Assert.Equal("gradient masking check", heard[^1].Attack);
        Assert.True(heard.Count > 10, $"{heard.Count} reports");
        // The suite itself is no longer the whole.
        Assert.InRange(heard.Last(progress => progress.Attack == "PGD-3 L∞ 0.05").Share, 0.01, 0.5);
        AssertRises(heard);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(50, 0.5)]
    [InlineData(90, 0.9)]
    [InlineData(100, 0.9632120558828558)] // 1 − 0.1/e
    public void PassProgress_IsTheShareOfThePassesExpected(int passes, double share)
    {
        var progress = new PassProgress(_ => { });
        progress.Begin(100);
        for (var pass = 0; pass < passes; pass++)
            progress.Pass();
        Assert.Equal(share, progress.Share, 1e-12);
    }

    [Fact]
    public void PassProgress_BeyondThePassesExpected_StaysBelowOneAndRises()
    {
        var progress = new PassProgress(_ => { });
        progress.Begin(10);
        var last = 0.0;
        for (var pass = 0; pass < 30; pass++)
        {
            progress.Pass();
            Assert.InRange(progress.Share, last + 1e-12, 1 - 1e-12);
            last = progress.Share;
        }
    }

    [Fact]
    public void ExpectedPasses_AreThoseOfAttacksThatNoRowFallsTo()
    {
        Assert.Equal(21, new ProjectedGradientDescent(Threat) { Steps = 20 }.ExpectedPasses);
        Assert.Equal(42, new ProjectedGradientDescent(Threat) { Steps = 20 }.WithRestarts(2).ExpectedPasses);
        Assert.Equal(2, new FastGradientMethod(Threat).ExpectedPasses);
        Assert.Equal(102, new AutoProjectedGradientDescent(Threat).ExpectedPasses);
        Assert.Equal(910, new AutoProjectedGradientDescent(Threat) { Targets = 9 }.ExpectedPasses);
        Assert.Equal(910, new FastAdaptiveBoundary(Threat).ExpectedPasses);
        Assert.Equal(5000, new SquareAttack(Threat).ExpectedPasses);
        Assert.Equal(25_000, new HopSkipJumpAttack(Threat).ExpectedPasses);
        // Short rows go through the network together: 64 rows of four values are one long one.
        Assert.Equal(390, new HopSkipJumpAttack(Threat.WithBudgets(1, 1, 1, 1)).ExpectedPasses);
        Assert.Equal(5000, new GradientEstimateAttack(Threat).ExpectedPasses);
        Assert.Equal(1810, new CarliniWagner(Threat).ExpectedPasses);
        Assert.Equal(10, new UniformNoiseAttack(Threat).ExpectedPasses);
    }

    private static void AssertRises(List<AttackSuiteProgress> heard)
    {
        Assert.InRange(heard[0].Share, 0, 1);
        Assert.Equal(heard.Select(progress => progress.Share).Order(), heard.Select(progress => progress.Share));
        Assert.Equal(1, heard[^1].Share);
    }

    private sealed class Slow(Module<Tensor, Tensor> network, TimeSpan pause) : Module<Tensor, Tensor>(nameof(Slow))
    {
        public override Tensor forward(Tensor input)
        {
            Thread.Sleep(pause);
            return network.call(input);
        }
    }
}
