using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Attacks;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.ThreatModels;

public class UnboundedThreatModelTests
{
    [Fact]
    public void Project_OnlyClampsToTheRange()
    {
        using var scope = NewDisposeScope();
        var origins = tensor(new[] { 0.1, 0.5 }).view(1, 2);
        var projected = ThreatModel.Unbounded().Project(tensor(new[] { -4, 0.9 }).view(1, 2), origins);
        Assert.Equal(0, projected[0, 0].item<double>(), 1e-12);
        Assert.Equal(0.9, projected[0, 1].item<double>(), 1e-12);
        var free = ThreatModel.Unbounded(ValueRange.Unbounded).Project(tensor(new[] { -4.0, 90 }).view(1, 2), origins);
        Assert.Equal(-4, free[0, 0].item<double>(), 1e-12);
        Assert.Equal(90, free[0, 1].item<double>(), 1e-12);
        Assert.Equal(Math.Sqrt(0.01 + 0.16), ThreatModel.Unbounded().Distance(projected, origins).item<double>(), 1e-12);
    }

    [Fact]
    public void RandomStart_IsUniformInTheRange()
    {
        using var scope = NewDisposeScope();
        var origins = full([2000, 4], 0.3, ScalarType.Float64);
        var starts = ThreatModel.Unbounded(new ValueRange(-1, 3)).RandomStart(origins, new RowRandom(1)).data<double>().ToArray();
        Assert.Equal(1, starts.Average(), 0.04);
        Assert.Equal(16 / 12.0, starts.Average(value => (value - 1) * (value - 1)), 0.05);
        Assert.InRange(starts.Min(), -1, -0.98);
        Assert.InRange(starts.Max(), 2.98, 3);
    }

    [Theory]
    [InlineData("FGSM")]
    [InlineData("PGD")]
    [InlineData("APGD")]
    public void Perturb_FoolsWhatARadiusWouldNot(string name)
    {
        using var scope = NewDisposeScope();
        Attack attack = name switch
        {
            "FGSM" => new FastGradientMethod(ThreatModel.Unbounded()),
            "PGD" => new ProjectedGradientDescent(ThreatModel.Unbounded()),
            _ => new AutoProjectedGradientDescent(ThreatModel.Unbounded()) { Steps = 30 },
        };
        var problem = new AttackTestCase(attack);
        var labels = problem.Network.call(problem.Inputs).argmax(1);
        using var result = attack.Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(labels));
        Assert.True(result.SuccessRate > 0.7, $"Only {result.SuccessRate:P0} fooled.");
        Assert.InRange(result.Inputs.min().item<double>(), 0, 1);
        Assert.InRange(result.Inputs.max().item<double>(), 0, 1);
    }

    [Fact]
    public void Perturb_WithoutRangeAndStep_AsksForAStep()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.Unbounded(ValueRange.Unbounded)));
        Assert.Contains("give the attack a StepSize", Assert.Throws<InvalidOperationException>(() => problem.Perturb()).Message);
        var stepped = new AttackTestCase(
            new ProjectedGradientDescent(ThreatModel.Unbounded(ValueRange.Unbounded)) { StepSize = 0.5 });
        using var result = stepped.Perturb();
        Assert.True(result.SuccessRate > 0.7);
    }

    [Fact]
    public void Text_AndRadius()
    {
        var threatModel = ThreatModel.Unbounded();
        Assert.Equal("Unbounded in [0, 1]", threatModel.ToString());
        Assert.Equal("Unbounded", threatModel.Name);
        Assert.Equal(double.PositiveInfinity, threatModel.Epsilon);
        Assert.Equal("PGD-10 Unbounded", new ProjectedGradientDescent(threatModel).ToString());
        Assert.Equal("L2 0.5 in [0, 1]", threatModel.WithEpsilon(0.5).ToString());
        Assert.Equal("Unbounded in [0, 1], budgets [1, 0]", threatModel.WithMask(true, false).ToString());
    }
}
