using ML.Robustness.Models;
using ML.Robustness.ThreatModels;

namespace RobustFeatures;

/// <summary>What is tried, and what it may cost.</summary>
/// <param name="Name">Goes into the names of the sets' files.</param>
/// <param name="Network">All networks but the other architecture of the transfer.</param>
/// <param name="Epsilon">Within which L2 radius rows are moved towards a class.</param>
/// <param name="HardeningEpsilon">Within which L2 radius classifiers are hardened; networks are attacked within half of it, as the paper's 0.25 of 0.5.</param>
internal sealed record Plan(
    string Name, ModelArchitecture Network, double Epsilon, double HardeningEpsilon, int Rows, int TestRows, int Epochs, int Seeds, int MatchingSteps, double MatchingStepSize, int TargetedSteps)
{
    /// <summary>Built-in digits with known features: a small network that sees every pixel of the pattern.</summary>
    public static Plan Known { get; } = new("known", ModelArchitecture.MultilayerPerceptron(128), 2, 2, 2000, 1000, 6, 3, 60, 0.5, 20);

    public static Plan Quick { get; } = new("quick", ModelArchitecture.ConvNet(16, 64), 4, 3, 3000, 500, 10, 2, 60, 0.5, 15);

    public static Plan Full { get; } = new("full", ModelArchitecture.ConvNet(16, 64), 4, 3, 6000, 2000, 10, 3, 100, 0.5, 30);

    public ThreatModel Perturbation { get; } = ThreatModel.L2(Epsilon);

    public ThreatModel Hardening { get; } = ThreatModel.L2(HardeningEpsilon);

    public ThreatModel Evaluation { get; } = ThreatModel.L2(HardeningEpsilon / 2);

    public override string ToString() =>
        $"{Network}, {Rows} rows, {Epochs} epochs, {Seeds} seeds; hardened within {Hardening}; rows moved within {Perturbation} in {TargetedSteps} steps, "
        + $"features matched in {MatchingSteps} steps of {MatchingStepSize}; robust: PGD-20 within {Evaluation}, {TestRows} original test rows";
}
