using ML.Robustness.Models;
using ML.Robustness.ThreatModels;

namespace RobustFeatures;

/// <summary>What is tried, and what it may cost.</summary>
internal sealed record Plan(string Name, ModelArchitecture Network, double Epsilon, int Rows, int TestRows, int Epochs, int Seeds, int MatchingSteps, double MatchingStepSize, int TargetedSteps)
{
    /// <summary>Built-in digits with known features: a small network sees every pixel of the pattern.</summary>
    public static Plan Known { get; } = new("known", ModelArchitecture.MultilayerPerceptron(128), 2, 2000, 1000, 6, 3, 60, 0.5, 20);

    public static Plan Quick { get; } = new("quick", ModelArchitecture.ConvNet(16, 64), 1.5, 3000, 500, 6, 2, 40, 0.3, 10);

    public static Plan Full { get; } = new("full", ModelArchitecture.ConvNet(16, 64), 1.5, 12000, 2000, 10, 3, 150, 0.2, 40);

    /// <summary>Within which rows are perturbed and classifiers hardened.</summary>
    public ThreatModel Perturbation { get; } = ThreatModel.L2(Epsilon);

    /// <summary>Within which networks are attacked: half of it, as the paper's 0.25 of 0.5.</summary>
    public ThreatModel Evaluation { get; } = ThreatModel.L2(Epsilon / 2);

    public override string ToString() =>
        $"{Network}, {Rows} rows, {Epochs} epochs, {Seeds} seeds; perturbed and hardened within L2 {Epsilon} ({TargetedSteps} steps), features matched in {MatchingSteps} steps of {MatchingStepSize}; robust: PGD-20 within {Evaluation}, {TestRows} original test rows";
}
