using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>Every measure means the model that <c>Transform</c> is, whatever the chain looks like.</summary>
public sealed class ChainTests : IDisposable
{
    private const int Rows = 30;

    private static readonly string[] Kinds = ["red", "green", "blue"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _train;
    private readonly IDataView _test;
    private readonly NeuralClassifierTransformer _first;
    private readonly List<IDisposable> _made = [];

    public ChainTests()
    {
        _train = TwoDimensionalClasses.Keyed(_ml);
        _test = _ml.Data.Cache(Test());
        _first = TwoDimensionalClasses.Fitted(_ml, options => options.InputShape = new InputShape(1, 2, 2));
    }

    public void Dispose()
    {
        _made.ForEach(made => made.Dispose());
        _first.Dispose();
    }

    public static TheoryData<string, bool, bool> Chains() => FittedChains.Cases(
        "plain", "augmented", "feature data set", "two classifiers", "stacked", "filtered in training");

    [Theory, MemberData(nameof(Chains))]
    public void Measures_AgreeWithTransform(string name, bool isNested, bool isLoaded)
    {
        var model = Model(name, isNested, isLoaded);
        var truth = _ml.MulticlassClassification.Evaluate(model.Transform(_test));
        var attack = new UniformNoiseAttack(ThreatModel.LInf(0.01));

        var robustness = _ml.MulticlassClassification.EvaluateRobustness(model, _test, attack);
        Assert.Equal(Rows, robustness.Report.RowResults.Count);
        Assert.Equal(truth.MicroAccuracy, robustness.CleanAccuracy, 1e-9);
        Assert.Equal(
            robustness.CleanAccuracy,
            _ml.MulticlassClassification.EvaluateRobustness(model, new OneShotDataView(_test), attack).CleanAccuracy);

        var models = new Dictionary<string, ITransformer> { ["first"] = _first, ["model"] = model };
        var transfer = _ml.MulticlassClassification.EvaluateTransfer(models, _test, attack);
        Assert.Equal(truth.MicroAccuracy, transfer.CleanAccuracies[1], 1e-9);

        var corruptions = _ml.MulticlassClassification.EvaluateCorruptions(models, _test, new CorruptionOptions
        {
            Corruptions = [new Contrast()],
            Severities = [1],
        });
        Assert.Equal(truth.MicroAccuracy, corruptions.CleanAccuracies[1], 1e-9);
    }

    [Fact]
    public void Measures_OfTheSecondOfTwoClassifiers_AreNotThoseOfTheFirst()
    {
        // What the theory compares with: the first classifier of this chain knows one class only.
        var model = Model("two classifiers", false, false);
        var chain = Assert.IsAssignableFrom<IEnumerable<ITransformer>>(model);
        var poor = Assert.IsType<NeuralClassifierTransformer>(chain.First());
        Assert.True(_ml.MulticlassClassification.Evaluate(poor.Transform(_test)).MicroAccuracy < 0.5);
        Assert.True(_ml.MulticlassClassification.Evaluate(model.Transform(_test)).MicroAccuracy > 0.6);
    }

    [Fact]
    public void Stack_HasNoGradients_ItsScoresAreAttacked_AndStepsRefuseIt()
    {
        var model = Model("stacked", false, false);

        var error = Assert.Throws<InvalidOperationException>(() => _ml.MulticlassClassification.EvaluateRobustness(
            model, _test, new FastGradientMethod(ThreatModel.LInf(0.01))));
        Assert.Contains("gradient", error.Message, StringComparison.Ordinal);

        const string Expected = "which follows the NeuralClassifierTransformer. Give it the chain that ends with the classifier.";
        Refuses(() => _ml.Transforms.PgdAugment(model, "Adversarial"), "PgdAugment");
        Refuses(() => _ml.Transforms.PgdAugmentRows(model), "PgdAugment");
        Refuses(() => _ml.Transforms.SmoothGradExplain(model, "Explanation"), "SmoothGradExplain");
        Refuses(() => _ml.Transforms.RobustFeatureDataset(model, FeatureDatasetKind.NonRobust), "RobustFeatureDataset");
        Refuses(() => _ml.MulticlassClassification.EvaluateAttributions(
            new Dictionary<string, ITransformer> { ["stack"] = model }, _test), "EvaluateAttributions");

        void Refuses(Action call, string caller)
        {
            var refused = Assert.Throws<ArgumentException>(call);
            Assert.StartsWith($"{caller} needs gradients of the model's scores, but these come from ", refused.Message,
                StringComparison.Ordinal);
            Assert.Contains(Expected, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CustomStepThatReplacesScores_IsTheModel()
    {
        // Another class gets the highest score of every row.
        var turn = _ml.Transforms.CustomMapping<Scores, Scores>(
            (from, to) => to.Score = [from.Score[1], from.Score[2], from.Score[0]], null).Fit(_first.Transform(_test));
        var model = new TransformerChain<ITransformer>(_first, turn);

        var robustness = _ml.MulticlassClassification.EvaluateRobustness(
            model, _test, new UniformNoiseAttack(ThreatModel.LInf(0.01)));

        var scores = TwoDimensionalClasses.ScoresOnly(model.Transform(_test));
        Assert.Equal(scores.Select((score, row) => (long)Array.IndexOf(score, score.Max())),
            robustness.Report.RowResults.Select(row => (long)row.CleanPrediction));
        Assert.Throws<ArgumentException>(() => _ml.Transforms.SmoothGradExplain(model, "Explanation"));
    }

    private sealed class Scores
    {
        [VectorType(3)]
        public float[] Score { get; set; } = [];
    }

    private ITransformer Model(string name, bool isNested, bool isLoaded)
    {
        ITransformer model = name switch
        {
            "plain" => Keep(TwoDimensionalClasses.Trainer(_ml).Fit(_train)),
            "augmented" => FittedChains.Before(Keep(_ml.Transforms.PgdAugmentRows(_first).Fit(_train)), _first),
            "feature data set" => FittedChains.Before(
                Keep(_ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
                {
                    Classifier = _first,
                    Kind = FeatureDatasetKind.RandomLabels,
                    ThreatModel = ThreatModel.L2(0.5),
                }).Fit(_train)), _first),
            "two classifiers" => FittedChains.Of(Keep(Poor()), _first),
            "stacked" => Stacked(Keep(Poor())),
            "filtered in training" => FittedChains.Of(
                (_ml.Transforms.CopyColumns("Copy", "Features").Fit(_train), TransformerScope.Everything),
                (new FirstRows(), TransformerScope.TrainTest), (_first, TransformerScope.Everything)),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        if (isNested)
            model = FittedChains.Nested(_ml, _train, model);
        return isLoaded && name != "filtered in training" ? Keep(FittedChains.Loaded(_ml, model, _train.Schema)) : model;
    }

    /// <summary>A model of ML.NET on the scores of a classifier.</summary>
    private TransformerChain<ITransformer> Stacked(ITransformer classifier) => FittedChains.Of(
        classifier, _ml.Transforms.Concatenate("Stacked", "Score")
            .Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(featureColumnName: "Stacked"))
            .Fit(classifier.Transform(_train)));

    /// <summary>A classifier that calls all rows red: it saw no others under their right name.</summary>
    private NeuralClassifierTransformer Poor()
    {
        var rows = TwoDimensionalClasses.Make().Select((point, row) => new TwoDimensionalClasses.Point
        {
            Features = [0.5f, 0.5f, 0.5f, row % 10 == 0 ? 0.9f : 0.1f],
            Kind = row < 3 ? Kinds[row] : "red",
        });
        var view = _ml.Data.LoadFromEnumerable(rows);
        return TwoDimensionalClasses.Trainer(_ml).Fit(_ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(view)
            .Transform(view));
    }

    /// <summary>Rows of which not all are right, so that accuracies tell models apart; keyed in the training rows'
    /// order.</summary>
    private IDataView Test()
    {
        var points = TwoDimensionalClasses.Make(Rows, seed: 5);
        foreach (var point in points.Skip(3).Where((_, row) => row % 4 == 0))
            (point.Features[0], point.Features[1]) = (point.Features[1], point.Features[0]);
        var view = _ml.Data.LoadFromEnumerable(points);
        return _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(view).Transform(view);
    }

    private T Keep<T>(T made)
    {
        if (made is IDisposable disposable)
            _made.Add(disposable);
        return made;
    }

    /// <summary>Drops all rows but the first ten.</summary>
    private sealed class FirstRows : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => new MLContext().Data.TakeRows(input, 10);

        void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }
}
