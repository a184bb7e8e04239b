using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Corruptions;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Reports;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>Every measure means the binary model that <c>Transform</c> is, whatever the chain looks like.</summary>
public sealed class BinaryChainTests : IDisposable
{
    private const int Rows = 40;

    private static readonly string[] Names =
    [
        "plain", "augmented", "feature data set", "two classifiers", "stacked", "calibrated", "before ML.NET's", "after ML.NET's",
        "ML.NET's",
    ];

    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _train;
    private readonly IDataView _test;
    private readonly NeuralClassifierTransformer _first;
    private readonly List<IDisposable> _made = [];

    public BinaryChainTests()
    {
        _train = BinaryPoints.View(_ml);
        _test = BinaryPoints.View(_ml, Rows, seed: 5);
        _first = BinaryPoints.Fitted(_ml);
    }

    public void Dispose()
    {
        _made.ForEach(made => made.Dispose());
        _first.Dispose();
    }

    public static TheoryData<string, bool, bool> Chains() => FittedChains.Cases(Names);

    [Theory, MemberData(nameof(Chains))]
    public void Measures_AgreeWithTransform(string name, bool isNested, bool isLoaded)
    {
        var model = Model(name, isNested, isLoaded);
        var scored = model.Transform(_test);
        var truth = _ml.BinaryClassification.EvaluateNonCalibrated(scored).Accuracy;
        var attack = new UniformNoiseAttack(ThreatModel.LInf(0.01));

        var robustness = _ml.BinaryClassification.EvaluateRobustness(model, _test, attack);
        Assert.Equal(truth, robustness.CleanAccuracy, 1e-9);
        Assert.Equal(scored.GetColumn<bool>("PredictedLabel"),
            robustness.Report.RowResults.Select(row => row.CleanPrediction == 1));
        Assert.Equal(
            robustness.CleanAccuracy,
            _ml.BinaryClassification.EvaluateRobustness(model, new OneShotDataView(_test), attack).CleanAccuracy);

        var models = new Dictionary<string, ITransformer> { ["first"] = _first, ["model"] = model };
        var transfer = _ml.BinaryClassification.EvaluateTransfer(models, _test, attack);
        Assert.Equal(truth, transfer.CleanAccuracies[1], 1e-9);

        var corruptions = _ml.BinaryClassification.EvaluateCorruptions(models, _test, new CorruptionOptions
        {
            Corruptions = [new Contrast()],
            Severities = [1],
        });
        Assert.Equal(truth, corruptions.CleanAccuracies[1], 1e-9);
    }

    [Fact]
    public void OnlyTheChainWhoseOwnClassifierScores_IsAClassifierForSteps()
    {
        var attack = new FastGradientMethod(ThreatModel.LInf(0.01));
        foreach (var name in Names)
        {
            var model = Model(name, false, false);
            // ML.NET's linear models have gradients, a model stacked on scores has none.
            if (name == "stacked")
                Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.EvaluateRobustness(model, _test, attack));
            else
                Assert.True(_ml.BinaryClassification.EvaluateRobustness(model, _test, attack).CleanAccuracy > 0.5);
            if (name is "stacked" or "before ML.NET's" or "ML.NET's")
                Assert.Throws<ArgumentException>(() => _ml.Transforms.PgdAugment(model, "Adversarial"));
            else
                _ml.Transforms.PgdAugment(model, "Adversarial");
        }
    }

    [Fact]
    public void KeysInAnotherOrder_AreMappedByValue()
    {
        var trainer = BinaryPoints.Trainer(_ml, options => options.LabelColumnName = "Key");
        var one = Keep(trainer.Fit(Keyed(_train, "no", "yes")));
        var other = Keep(trainer.Fit(Keyed(_train, "yes", "no")));
        var data = Keyed(_test, "no", "yes");
        var attack = new UniformNoiseAttack(ThreatModel.LInf(0.01));

        var expected = _ml.BinaryClassification.Evaluate(one.Transform(data), "Key").Accuracy;
        var models = new Dictionary<string, ITransformer> { ["one"] = one, ["other"] = other };
        var transfer = _ml.BinaryClassification.EvaluateTransfer(models, data, attack, "Key");

        Assert.Equal(expected, transfer.CleanAccuracies[0], 1e-9);
        Assert.Equal(_ml.BinaryClassification.Evaluate(other.Transform(Keyed(_test, "yes", "no")), "Key").Accuracy,
            transfer.CleanAccuracies[1], 1e-9);
        Assert.Equal(["no", "yes"], _ml.BinaryClassification.EvaluateRobustness(one, data, attack, "Key").ClassNames);

        // Through a step that changes the features only the scores are seen; the classes' values are known all the same.
        var chain = _ml.Transforms.CopyColumns("Original", "Features")
            .Append(_ml.Transforms.Concatenate("Features", "Original")).Fit(_train).Append(other);
        var byScores = _ml.BinaryClassification.EvaluateRobustness(chain, data, new RobustnessOptions
        {
            Suite = threat => new(new UniformNoiseAttack(threat)),
            FeatureColumnNames = ["Features"],
            LabelColumnName = "Key",
        });
        Assert.Equal(transfer.CleanAccuracies[1], byScores.CleanAccuracy, 1e-9);
    }

    [Fact]
    public void Report_HasTheSameAccuracyAndTheClassesFalseAndTrue()
    {
        using var folder = new TemporaryFolder();
        var models = new Dictionary<string, ITransformer> { ["binary"] = _first };

        var entry = _ml.BinaryClassification.SaveModelReport(models, _test, folder.PathOf("report.html"), new ModelReportOptions
        {
            ThreatModel = ThreatModel.LInf(0.05),
            Examples = 1,
            ExplainedRows = 2,
            Method = new Saliency(),
            Visualizer = new FeatureVisualizer(ThreatModel.L2(1)) { Steps = 1 },
        })[0];

        Assert.Equal(
            _ml.BinaryClassification.Evaluate(_first.Transform(_test)).Accuracy, entry.Robustness.CleanAccuracy, 1e-9);
        Assert.Equal(["False", "True"], entry.Robustness.ClassNames);
    }

    private ITransformer Model(string name, bool isNested, bool isLoaded)
    {
        var trainers = _ml.BinaryClassification.Trainers;
        ITransformer model = name switch
        {
            "plain" => Keep(BinaryPoints.Trainer(_ml).Fit(_train)),
            "augmented" => FittedChains.Before(Keep(_ml.Transforms.PgdAugmentRows(_first).Fit(_train)), _first),
            "feature data set" => FittedChains.Before(
                Keep(_ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
                {
                    Classifier = _first,
                    Kind = FeatureDatasetKind.RandomLabels,
                    ThreatModel = ThreatModel.L2(0.5),
                }).Fit(_train)), _first),
            "two classifiers" => FittedChains.Of(Keep(Poor()), _first),
            "stacked" => FittedChains.Of(_first, _ml.Transforms.Concatenate("Stacked", "Score", "Probability")
                .Append(trainers.SdcaLogisticRegression(featureColumnName: "Stacked")).Fit(_first.Transform(_train))),
            "calibrated" => FittedChains.Of(_first,
                _ml.BinaryClassification.Calibrators.Platt().Fit(_first.Transform(_train))),
            "before ML.NET's" => FittedChains.Of(_first, trainers.LinearSvm().Fit(_train)),
            "after ML.NET's" => FittedChains.Of(trainers.SdcaLogisticRegression().Fit(_train), _first),
            "ML.NET's" => _ml.Transforms.CopyColumns("Copy", "Features").Append(trainers.LbfgsLogisticRegression()).Fit(_train),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        if (isNested)
            model = FittedChains.Nested(_ml, _train, model);
        return isLoaded ? Keep(FittedChains.Loaded(_ml, model, _train.Schema)) : model;
    }

    /// <summary>A classifier that calls nearly all rows true: it saw hardly any others.</summary>
    private NeuralClassifierTransformer Poor() => BinaryPoints.Trainer(_ml).Fit(_ml.Data.LoadFromEnumerable(
        BinaryPoints.Make().Select((point, row) => new BinaryPoints.Point { Features = point.Features, Label = row > 1 })));

    private IDataView Keyed(IDataView data, params string[] order) => _ml.Transforms.Conversion.MapValueToKey(
        "Key", "Kind", keyData: _ml.Data.LoadFromEnumerable(order.Select(kind => new { Kind = kind }))).Fit(data).Transform(data);

    private T Keep<T>(T made)
    {
        if (made is IDisposable disposable)
            _made.Add(disposable);
        return made;
    }
}
