using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;
using static TorchSharp.torch;

namespace ML.Robustness.Testing;

/// <summary>Every kind of work with a fitted classifier, each as a short call.</summary>
internal sealed class ClassifierUses
{
    internal const int Height = 4;
    private const int Rows = 24, Classes = 3, Length = Height * Height;

    private readonly MLContext _ml = new(seed: 1);
    private readonly Image[] _images;

    internal ClassifierUses()
    {
        var random = new Random(1);
        _images = [.. Enumerable.Range(0, Rows).Select(row => new Image
        {
            Label = row % Classes,
            Features = [.. Enumerable.Range(0, Length).Select(pixel =>
                (pixel % Classes == row % Classes ? 0.6f : 0.2f) + 0.2f * random.NextSingle())],
        })];
        Data = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(_images));
    }

    /// <summary>The images; labels are numbers.</summary>
    internal IDataView Data { get; }

    internal MLContext Ml => _ml;

    /// <summary>The kinds of work; each takes a classifier that may be disposed meanwhile.</summary>
    internal IReadOnlyDictionary<string, Action<NeuralClassifierTransformer>> All => new Dictionary<string,
        Action<NeuralClassifierTransformer>>
    {
        ["Transform"] = classifier => Read(classifier.Transform(Data)),
        ["row by row"] = classifier => Read(classifier.Transform(_ml.Data.LoadFromEnumerable(_images))),
        ["PredictionEngine"] = Predict,
        ["PgdAugment"] = classifier => Fit(_ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options
        {
            Classifier = classifier,
            Attack = Attack,
            BatchSize = 5,
        })),
        ["PgdAugmentRows"] = classifier => Fit(_ml.Transforms.PgdAugmentRows(classifier, attack: Attack)),
        ["SmoothGradExplain"] = classifier => Fit(_ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
        {
            Classifier = classifier,
            Samples = 3,
            BatchSize = 5,
        })),
        ["RobustFeatureDataset"] = classifier => FitOwned(_ml.Transforms.RobustFeatureDataset(FeatureDataset(classifier))),
        ["EvaluateRobustness"] = classifier => _ml.MulticlassClassification.EvaluateRobustness(classifier, Data, Attack),
        ["EvaluateTransfer"] = classifier => _ml.MulticlassClassification.EvaluateTransfer(
            new Dictionary<string, ITransformer> { ["one"] = classifier }, Data, Attack),
        ["EvaluateCorruptions"] = classifier => _ml.MulticlassClassification.EvaluateCorruptions(
            new Dictionary<string, ITransformer> { ["one"] = classifier }, Data,
            new CorruptionOptions { Corruptions = [new GaussianNoise()], Severities = [1] }),
        ["EvaluateAttributions"] = classifier => _ml.MulticlassClassification.EvaluateAttributions(
            new Dictionary<string, ITransformer> { ["one"] = classifier }, Data, new Saliency(), 4),
        ["MeasureFeatureLeakage"] = classifier =>
            _ml.MulticlassClassification.MeasureFeatureLeakage(classifier, Data, Data),
        ["VisualizeFirstLayer"] = classifier => _ml.MulticlassClassification.VisualizeFirstLayer(classifier),
        ["FindTopActivatingRows"] = classifier => _ml.MulticlassClassification.FindTopActivatingRows(
            classifier, Data, FeatureObjective.Logit(1), 2),
        ["Save"] = classifier => _ml.Model.Save(classifier, Data.Schema, Stream.Null),
        ["ConvertToOnnx"] = classifier => _ml.Model.ConvertToOnnx(classifier, Data, Stream.Null),
        ["Network in an attack"] = classifier => PerturbNetwork(classifier),
    };

    internal static ProjectedGradientDescent Attack => new(ThreatModel.LInf(0.05)) { Steps = 2 };

    /// <summary>A classifier of the images.</summary>
    internal NeuralClassifierTransformer Train() => _ml.MulticlassClassification.Trainers.AdversarialTraining(
        new AdversarialTrainer.Options
        {
            InputShape = new InputShape(1, Height, Height),
            Architecture = ModelArchitecture.MultilayerPerceptron(16),
            Objective = new StandardObjective(),
            Epochs = 2,
            BatchSize = 8,
        }).Fit(Data);

    private static RobustFeatureDatasetEstimator.Options FeatureDataset(NeuralClassifierTransformer classifier) => new()
    {
        Classifier = classifier,
        Kind = FeatureDatasetKind.Robust,
        Steps = 2,
        BatchSize = 5,
    };

    /// <summary>Reads every column of every row.</summary>
    internal static int Read(IDataView rows)
    {
        var count = 0;
        using var cursor = rows.GetRowCursor(rows.Schema);
        var readers = rows.Schema.Select(column => Reader(cursor, column)).ToArray();
        for (; cursor.MoveNext(); count++)
            Array.ForEach(readers, read => read());
        return count;
    }

    private static Action Reader(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var type when type == typeof(VBuffer<float>) => Reader<VBuffer<float>>(row, column),
        var type when type == typeof(float) => Reader<float>(row, column),
        var type when type == typeof(uint) => Reader<uint>(row, column),
        var type when type == typeof(bool) => Reader<bool>(row, column),
        _ => static () => { }
        ,
    };

    private static Action Reader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () => getter(ref value);
    }

    private void Fit(IEstimator<ITransformer> step) => Read(step.Fit(Data).Transform(Data));

    private void FitOwned(RobustFeatureDatasetEstimator step)
    {
        using var fitted = step.Fit(Data);
        Read(fitted.Transform(Data));
    }

    private void Predict(NeuralClassifierTransformer classifier)
    {
        var options = new PredictionEngineOptions { OwnsTransformer = false };
        using var engine = _ml.Model.CreatePredictionEngine<Image, Scored>(classifier, options);
        foreach (var image in _images)
            engine.Predict(image);
    }

    private void PerturbNetwork(NeuralClassifierTransformer classifier)
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(_images.SelectMany(image => image.Features).ToArray(), device: CPU).view(Rows, 1, Height, Height);
        var labels = tensor(_images.Select(image => (long)image.Label).ToArray(), device: CPU);
        using var found = Attack.Perturb(classifier.Network, inputs, AttackGoal.Untargeted(labels));
    }

    private sealed class Image
    {
        public float Label { get; set; }

        [VectorType(1, Height, Height)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
