using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;

namespace RobustFeatures;

/// <summary>The settings of an experiment.</summary>
/// <param name="Name">The beginning of the names of the data sets' files.</param>
/// <param name="Network">The architecture of all networks but one of the transfer.</param>
/// <param name="Epsilon">The L2 radius within which rows are moved towards a class.</param>
/// <param name="TrainingEpsilon">
/// The L2 radius of adversarial training; networks are attacked within half of it, as the paper's 0.25 of 0.5.
/// </param>
internal sealed record ExperimentSettings(
    string Name,
    ModelArchitecture Network,
    double Epsilon,
    double TrainingEpsilon,
    int Rows,
    int TestRows,
    int Epochs,
    int Seeds,
    int MatchingSteps,
    double MatchingStepSize,
    int TargetedSteps)
{
    /// <summary>Drawn digits with known features: a small network that sees every pixel of the pattern.</summary>
    public static ExperimentSettings Known { get; } =
        new("known", ModelArchitecture.MultilayerPerceptron(128), 2, 2, 2000, 1000, 6, 3, 60, 0.5, 20);

    public static ExperimentSettings KnownQuick { get; } = Known with
    {
        Name = "known-quick",
        Rows = 1200,
        TestRows = 500,
        Seeds = 2,
        MatchingSteps = 40,
    };

    public static ExperimentSettings Quick { get; } =
        new("quick", ModelArchitecture.ConvNet(16, 64), 4, 3, 3000, 500, 10, 2, 60, 0.5, 15);

    public static ExperimentSettings Full { get; } =
        new("full", ModelArchitecture.ConvNet(16, 64), 4, 3, 6000, 2000, 10, 3, 100, 0.5, 30);

    public ThreatModel Perturbation { get; } = ThreatModel.L2(Epsilon);

    public ThreatModel Training { get; } = ThreatModel.L2(TrainingEpsilon);

    public ThreatModel Evaluation { get; } = ThreatModel.L2(TrainingEpsilon / 2);

    public override string ToString() =>
        $"{Network}, {Rows} rows, {Epochs} epochs, {Seeds} seeds; adversarial training within {Training}; "
        + $"rows moved within {Perturbation} in {TargetedSteps} steps, "
        + $"features matched in {MatchingSteps} steps of {MatchingStepSize}; "
        + $"robust: PGD-20 within {Evaluation}, {TestRows} original test rows";
}
