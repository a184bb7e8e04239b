using ML.Robustness.ThreatModels;

namespace PretrainedNetwork;

/// <summary>The settings of the sample.</summary>
/// <param name="Levels">The radius of the L∞ ball in levels of a byte.</param>
/// <param name="TrainImages">The training images of each class.</param>
/// <param name="TestImages">The test images of each class.</param>
/// <param name="Epochs">Passes over the training images in each adversarial training.</param>
/// <param name="TrainSteps">The steps of PGD in training.</param>
/// <param name="Steps">The steps of each run of APGD.</param>
/// <param name="Queries">The queries of Square.</param>
internal sealed record ExperimentSettings(
    int Levels, int TrainImages, int TestImages, int Epochs, int TrainSteps, int Steps, int Queries)
{
    /// <summary>The classes, in the order of the network's outputs.</summary>
    public static string[] ClassNames { get; } = ["airplane", "automobile", "dog", "horse"];

    public static ExperimentSettings Full { get; } = new(1, 200, 16, 2, 3, 50, 100);

    public static ExperimentSettings Quick { get; } =
        Full with { TrainImages = 80, TestImages = 6, TrainSteps = 2, Steps = 25, Queries = 25 };

    public double Epsilon => Levels / (double)byte.MaxValue;

    public ThreatModel ThreatModel => ThreatModel.LInf(Epsilon);

    public override string ToString() =>
        $"{string.Join(", ", ClassNames)}: {TrainImages} training and {TestImages} test images each, 32 pixels enlarged to "
        + $"{PretrainedResNet.ImageSize} within the network; L∞ {Levels}/255; adversarial training with PGD-{TrainSteps}, "
        + $"{Epochs} epochs; attacks PGD-20, APGD-CE-{Steps}, APGD-T3-{Steps}, Square-{Queries}";
}
