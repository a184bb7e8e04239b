using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;

namespace ML.Robustness.Tests.Numerics;

public class ArgumentChecksTests
{
    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    [Fact]
    public void Checks_AllowedValues_GiveThemBack()
    {
        Assert.Equal(3, ArgumentChecks.AtLeast(3, 3));
        Assert.Equal(3, ArgumentChecks.AtLeastOrNull(3, 1));
        Assert.Null(ArgumentChecks.AtLeastOrNull(null, 1));
        Assert.Equal([1, 5], [ArgumentChecks.InRange(1, 1, 5), ArgumentChecks.InRange(5, 1, 5)]);
        Assert.Equal(-2.5, ArgumentChecks.Finite(-2.5));
        Assert.Equal(0, ArgumentChecks.NotNegative(0));
        Assert.Equal(double.Epsilon, ArgumentChecks.Positive(double.Epsilon));
        Assert.Equal(0.5, ArgumentChecks.PositiveOrNull(0.5));
        Assert.Null(ArgumentChecks.PositiveOrNull(null));
        Assert.Equal(1, ArgumentChecks.PositiveUpTo(1, 1));
        Assert.Equal([0, 0.999], [ArgumentChecks.Share(0), ArgumentChecks.Share(0.999)]);
        Assert.Equal(ColorScale.Sequential, ArgumentChecks.Defined(ColorScale.Sequential));
    }

    [Fact]
    public void Checks_ForbiddenValues_SayNameBoundAndValue()
    {
        Fails("must be 3 or more", 2, () => ArgumentChecks.AtLeast(2, 3, "X"));
        Fails("must be 1 or more", 0, () => ArgumentChecks.AtLeastOrNull(0, 1, "X"));
        Fails("must be from 1 to 5", 0, () => ArgumentChecks.InRange(0, 1, 5, "X"));
        Fails("must be from 1 to 5", 6, () => ArgumentChecks.InRange(6, 1, 5, "X"));
        foreach (var value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            Fails("must be finite", value, () => ArgumentChecks.Finite(value, "X"));
            Fails("must be a finite number of zero or more", value, () => ArgumentChecks.NotNegative(value, "X"));
            Fails("must be a finite number above zero", value, () => ArgumentChecks.Positive(value, "X"));
            Fails("must be a finite number above zero", value, () => ArgumentChecks.PositiveOrNull(value, "X"));
            Fails("must be above 0 and at most 100", value, () => ArgumentChecks.PositiveUpTo(value, 100, "X"));
            Fails("must be from 0 to below 1", value, () => ArgumentChecks.Share(value, "X"));
        }

        Fails("must be a finite number of zero or more", -0.5, () => ArgumentChecks.NotNegative(-0.5, "X"));
        Fails("must be a finite number above zero", 0.0, () => ArgumentChecks.Positive(0, "X"));
        Fails("must be above 0 and at most 1", 0.0, () => ArgumentChecks.PositiveUpTo(0, 1, "X"));
        Fails("must be above 0 and at most 1", 1.5, () => ArgumentChecks.PositiveUpTo(1.5, 1, "X"));
        Fails("must be from 0 to below 1", 1.0, () => ArgumentChecks.Share(1, "X"));
        var undefined = Assert.Throws<ArgumentOutOfRangeException>(() => ArgumentChecks.Defined((ColorScale)7, "X"));
        Assert.Equal("X must be one of Diverging, Sequential, but is 7. (Parameter 'X')", undefined.Message);
    }

    public static TheoryData<string, Action> Properties => new()
    {
        { "Epochs", () => _ = new RobustTrainer { Epochs = 0 } },
        { "BatchSize", () => _ = new RobustTrainer { BatchSize = 0 } },
        { "GradientClip", () => _ = new RobustTrainer { GradientClip = 0 } },
        { "LearningRate", () => _ = new SgdOptions { LearningRate = 0 } },
        { "WeightDecay", () => _ = new AdamWOptions { WeightDecay = -1 } },
        { "Momentum", () => _ = new SgdOptions { Momentum = 1 } },
        { "Beta1", () => _ = new AdamWOptions { Beta1 = 1 } },
        { "Beta2", () => _ = new AdamWOptions { Beta2 = 1 } },
        { "Gamma", () => _ = new AdversarialWeightPerturbation { Gamma = 0 } },
        { "WarmUpEpochs", () => _ = new AdversarialWeightPerturbation { WarmUpEpochs = -1 } },
        { "Decay", () => _ = new WeightAverage { Decay = 1 } },
        { "Steps", () => _ = new TradesObjective(Threat) { Steps = 0 } },
        { "StepSize", () => _ = new TradesObjective(Threat) { StepSize = 0 } },
        { "StepSize", () => _ = new FastAdversarialObjective(Threat) { StepSize = 0 } },
        { "Shift", () => _ = new RandomAffine { Shift = -1 } },
        { "Scale", () => _ = new RandomAffine { Scale = 1 } },
        { "Rotation", () => _ = new RandomAffine { Rotation = -1 } },
        { "Padding", () => _ = new CropAndFlip { Padding = -1 } },
        { "Gap", () => _ = new ImageGrid { Gap = -1 } },
        { "Enlarge", () => _ = new ImageGrid { Enlarge = 0 } },
        { "ColorScale", () => _ = new Heatmap { ColorScale = (ColorScale)7 } },
        { "ClipPercentile", () => _ = new Heatmap { ClipPercentile = 100.5 } },
        { "Opacity", () => _ = new Heatmap { Opacity = 0 } },
        { "Perturbations", () => _ = new AttributionQuality(new Saliency()) { Perturbations = 0 } },
        { "Noise", () => _ = new AttributionQuality(new Saliency()) { Noise = 0 } },
        { "SensitivityRadius", () => _ = new AttributionQuality(new Saliency()) { SensitivityRadius = 0 } },
        { "SanityRows", () => _ = new AttributionQuality(new Saliency()) { SanityRows = -1 } },
        { "Epsilons", () => _ = new RobustnessEvaluator(Threat, threat => AttackSuite.AutoAttack(threat)) { Epsilons = [-1] } },
    };

    [Theory]
    [MemberData(nameof(Properties))]
    public void Property_ForbiddenValue_IsNamed(string name, Action set)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(set);
        Assert.Equal(name, error.ParamName);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    private static void Fails<T>(string bound, T value, Func<object?> check)
        where T : notnull
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(check);
        Assert.Equal($"X {bound}. (Parameter 'X'){Environment.NewLine}Actual value was {value}.", error.Message);
        Assert.Equal(value, error.ActualValue);
    }
}
