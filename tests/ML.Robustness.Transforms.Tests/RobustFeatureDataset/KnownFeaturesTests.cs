using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.RobustFeatureDataset;

/// <summary>Digits with strokes and a faint pattern: it is known which features there are, so that it can be asked which of them
/// a set teaches.</summary>
/// <remarks>
/// The pattern of another digit is 40 · 8/255 = 1.26 away in L2, inside the ball of radius 2. The strokes show the label in nine
/// of ten training rows, the pattern in all. On rows with the strokes of one digit and the pattern of the digit three on, an
/// answer tells what it went by: strokes say the label
/// (after training on shifted labels, the next one), the pattern says the digit three on.
/// </remarks>
public sealed class KnownFeaturesTests : IDisposable
{
    private const int TestRows = 500;

    private static readonly ThreatModel Ball = ThreatModel.L2(2);

    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Networks_GoByThePattern_WhereStandardOrShiftedLabelsTaughtThem_AndByTheStrokes_WhereAttacksOrRobustFeatures()
    {
        var train = _ml.Data.Cache(Rows(2000, 1, DigitPattern.OfLabel, agreement: 0.9));
        using var standard = Train(train, seed: 1);
        using var adversarial = Train(train, seed: 1, new AdversarialObjective(new ProjectedGradientDescent(Ball) { Steps = 5 }));
        var onData = Ask(train);
        var onShifted = Ask(CreateRows(train, FeatureDatasetKind.ShiftedLabels, standard));
        var onRobust = Ask(CreateRows(train, FeatureDatasetKind.Robust, adversarial));
        var ofAdversarial = Ask(adversarial);

        // (1) A standard network uses the pattern: swapped, it takes the answers with it; removed, accuracy falls. An
        // adversarially trained one does not.
        Assert.All(onData,
            answers => Assert.True(
                answers.ByPattern > 0.7 && answers.ByStrokes < 0.3 && answers.Removed < answers.Accuracy - 0.08, $"{answers}"));
        Assert.True(
            ofAdversarial.ByPattern < 0.06 && ofAdversarial.ByStrokes > ofAdversarial.Accuracy - 0.1
                && ofAdversarial.Removed > ofAdversarial.Accuracy - 0.08, $"{ofAdversarial}");

        // (2) D_det carries the pattern: every label is wrong by the strokes, and yet a network trained on it is right on
        // original rows.
        Assert.All(onShifted,
            answers => Assert.True(answers.Accuracy > 0.4 && answers.ByPattern > 0.4 && answers.Removed < 0.15, $"{answers}"));

        // (3) D_R does not: a network trained on it goes by the strokes, far outside of what seeds make of the data itself.
        Assert.All(onRobust, answers => Assert.True(answers.ByStrokes > 0.65 && answers.ByPattern < 0.25, $"{answers}"));
        var spread = onData.Concat(onRobust).Chunk(onData.Length)
            .Max(group => group.Max(x => x.ByPattern) - group.Min(x => x.ByPattern));
        Assert.True(onData.Min(answers => answers.ByPattern) - onRobust.Max(answers => answers.ByPattern) > 3 * spread,
            $"{spread}");
    }

    private IDataView CreateRows(IDataView train, FeatureDatasetKind kind, ITransformer classifier)
    {
        var isRobust = kind == FeatureDatasetKind.Robust;
        using var step = _ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
        {
            Kind = kind,
            Classifier = classifier,
            ThreatModel = isRobust ? null : Ball,
            Steps = isRobust ? 60 : 20,
            StepSize = isRobust ? 0.5 : null,
            Seed = 5,
        }).Fit(train);
        var path = _folder.PathOf($"{kind}.features");
        _ml.Data.SaveFeatureDataset(step.Transform(train), path, new FeatureDatasetFileOptions { Step = step, Source = train });
        var set = _ml.Data.LoadFeatureDataset(path);
        Assert.Equal(kind.ToString(), set.Manifest.Kind);
        Assert.StartsWith("MultilayerPerceptron(128), weights ", set.Manifest.Parameters["classifier"]);
        Assert.Equal(("5", isRobust ? "60" : "20"), (set.Manifest.Parameters["seed"], set.Manifest.Parameters["steps"]));
        return set;
    }

    private Answers[] Ask(IDataView rows) => [.. new ulong[] { 11, 12, 13 }.Select(seed =>
    {
        using var network = Train(rows, seed);
        return Ask(network);
    })];

    private Answers Ask(ITransformer network)
    {
        double Share(DigitPattern pattern, uint shift)
        {
            var scored = network.Transform(Rows(TestRows, 2, pattern));
            return scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"))
                .Count(row => row.Second - 1 == (row.First - 1 + shift) % 10) / (double)TestRows;
        }

        return new Answers(Share(DigitPattern.OfLabel, 0), Share(DigitPattern.None, 0), Share(DigitPattern.OfOtherDigit, 0),
            Share(DigitPattern.OfOtherDigit, 3));
    }

    private NeuralClassifierTransformer Train(IDataView rows, ulong seed, TrainingObjective? objective = null) =>
        _ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.MultilayerPerceptron(128),
            Objective = objective ?? new StandardObjective(),
            Optimizer = new AdamWOptions { LearningRate = 3e-3 },
            Schedule = LearningRateSchedule.OneCycle(0.2),
            Epochs = 6,
            BatchSize = 64,
            Seed = seed,
        }).Fit(rows);

    private IDataView Rows(int count, int seed, DigitPattern pattern, double agreement = 1) =>
        _ml.Data.GenerateDigitsWithPattern(count, seed, 8 / 255.0, pattern, agreement, outputAsFloatArray: false);

    /// <summary>Shares of test rows: right on original rows, on rows without the pattern; said by strokes and by the pattern
    /// where they disagree.</summary>
    private sealed record Answers(double Accuracy, double Removed, double ByStrokes, double ByPattern);
}
