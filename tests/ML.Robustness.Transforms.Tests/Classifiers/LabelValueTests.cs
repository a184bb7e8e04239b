using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>Labels mean their values, however they are numbered.</summary>
public sealed class LabelValueTests : IDisposable
{
    private static readonly string[] Order = ["red", "green", "blue"], Other = ["blue", "red", "green"];

    private static readonly UniformNoiseAttack Attack = new(ThreatModel.LInf(0.01));

    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public LabelValueTests() => _classifier = TwoDimensionalClasses.Fitted(_ml);

    public void Dispose() => _classifier.Dispose();

    [Fact]
    public void EvaluateRobustness_IsTheSame()
    {
        var expected = _ml.MulticlassClassification.EvaluateRobustness(_classifier, Keyed(Order), Attack);
        var found = _ml.MulticlassClassification.EvaluateRobustness(_classifier, Keyed(Other), Attack);

        Assert.True(expected.CleanAccuracy > 0.9);
        Assert.Equal(expected.Report.RowResults, found.Report.RowResults);
        Assert.Equal(Order, found.ClassNames);
    }

    [Fact]
    public void EvaluateAttributions_AndFeatureLeakage_AreTheSame()
    {
        var models = new Dictionary<string, ITransformer> { ["classifier"] = _classifier };
        Assert.Equal(
            $"{_ml.MulticlassClassification.EvaluateAttributions(models, Keyed(Order), new InputTimesGradient(), 9)}",
            $"{_ml.MulticlassClassification.EvaluateAttributions(models, Keyed(Other), new InputTimesGradient(), 9)}");
        Assert.Equal(
            $"{_ml.MulticlassClassification.MeasureFeatureLeakage(_classifier, Keyed(Order), Keyed(Order))}",
            $"{_ml.MulticlassClassification.MeasureFeatureLeakage(_classifier, Keyed(Order), Keyed(Other))}");
    }

    /// <summary>Two chains, each with keys of its own.</summary>
    [Fact]
    public void TransferAndCorruptions_OfChainsWithTheirOwnKeys_AreTheChains()
    {
        var train = TwoDimensionalClasses.View(_ml);
        var test = _ml.Data.Cache(TwoDimensionalClasses.View(_ml, 30, seed: 5));
        using var one = Chain(Order, 1).Fit(train);
        using var other = Chain(Other, 2).Fit(train);
        var models = new Dictionary<string, ITransformer> { ["one"] = one, ["other"] = other };
        double[] truth = [.. models.Values.Select(
            model => _ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy)];
        Assert.True(truth[1] > 0.9);

        var transfer = _ml.MulticlassClassification.EvaluateTransfer(models, test, Attack);
        Assert.Equal(truth, transfer.CleanAccuracies);
        for (var source = 0; source < 2; source++)
        {
            for (var target = 0; target < 2; target++)
                Assert.InRange(transfer[source, target], truth[target] - 0.1, truth[target]);
        }

        var corruptions = _ml.MulticlassClassification.EvaluateCorruptions(
            new Dictionary<string, ITransformer> { ["one"] = one, ["other"] = other }, test,
            new CorruptionOptions { Corruptions = [new Contrast()], Severities = [1] });
        Assert.Equal(truth, corruptions.CleanAccuracies);

        EstimatorChain<NeuralClassifierTransformer> Chain(string[] order, int seed) =>
            Map(order).Append(TwoDimensionalClasses.Trainer(_ml, options => (options.InputShape, options.Seed) =
                (new InputShape(1, 2, 2), (ulong)seed)));
    }

    [Theory]
    [InlineData(FeatureDatasetKind.RandomLabels)]
    [InlineData(FeatureDatasetKind.ShiftedLabels)]
    public void RobustFeatureDataset_GivesTheSameValues(FeatureDatasetKind kind)
    {
        var (expected, found) = (Values(Order), Values(Other));
        Assert.Equal(3, expected.Distinct().Count());
        Assert.Equal(expected, found);

        string[] Values(string[] order)
        {
            var data = Keyed(order);
            var made = _ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
            {
                Classifier = _classifier,
                Kind = kind,
                ThreatModel = ThreatModel.L2(0.5),
                Seed = 3,
            }).Fit(data).Transform(data);
            var texts = _ml.Transforms.Conversion.MapKeyToValue("Text", "Label").Fit(made).Transform(made);
            return [.. texts.GetColumn<string>("Text")];
        }
    }

    [Fact]
    public void PgdAugment_AndSmoothGradExplain_OfLabels_AreTheSame()
    {
        Assert.Equal(Rows(Order, Augment), Rows(Other, Augment));
        Assert.Equal(Rows(Order, Explain), Rows(Other, Explain));

        IEstimator<ITransformer> Augment() => _ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options
        {
            Classifier = _classifier,
            OutputColumnName = "Made",
            Seed = 3,
            Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.05)) { Steps = 2 },
        });
        IEstimator<ITransformer> Explain() => _ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
        {
            Classifier = _classifier,
            OutputColumnName = "Made",
            Target = AttributionTargetKind.Label,
            Seed = 3,
        });
        List<float[]> Rows(string[] order, Func<IEstimator<ITransformer>> step)
        {
            var data = Keyed(order);
            return [.. step().Fit(data).Transform(data).GetColumn<float[]>("Made")];
        }
    }

    [Fact]
    public void LabelsThatAreNumbers_MeanTheNumbers()
    {
        // Keys in the order 2, 0, 1 in training; the numbers themselves afterwards.
        var points = TwoDimensionalClasses.Make();
        var view = _ml.Data.LoadFromEnumerable(points.Skip(2).Concat(points.Take(2)));
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(view).Transform(view);
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 10).Fit(keyed);

        var byKey = _ml.MulticlassClassification.EvaluateRobustness(classifier, keyed, Attack);
        var byNumber = _ml.MulticlassClassification.EvaluateRobustness(classifier, keyed, Attack, "Number");

        Assert.Equal(["2", "0", "1"], byKey.ClassNames);
        Assert.True(byKey.CleanAccuracy > 0.9);
        Assert.Equal(byKey.Report.RowResults, byNumber.Report.RowResults);
    }

    [Fact]
    public void BooleanLabels_AreTaken_ByTrainingMeasuresAndSteps()
    {
        var points = TwoDimensionalClasses.Make().Where(point => point.Number < 2)
            .Select(point => new TruePoint { Label = point.Number == 1, Features = point.Features });
        var data = _ml.Data.LoadFromEnumerable(points);
        using var classifier = TwoDimensionalClasses.Trainer(_ml).Fit(data);

        var metrics = _ml.MulticlassClassification.EvaluateRobustness(classifier, data, Attack);

        Assert.True(metrics.CleanAccuracy > 0.9);
        Assert.Equal(["False", "True"], metrics.ClassNames);
        Assert.Equal(data.GetColumn<bool>("Label"), metrics.ToDataView().GetColumn<bool>("Label"));
        var made = _ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
        {
            Classifier = classifier,
            Kind = FeatureDatasetKind.ShiftedLabels,
            ThreatModel = ThreatModel.L2(0.5),
        }).Fit(data).Transform(data);
        Assert.Equal(data.GetColumn<bool>("Label").Select(label => !label), made.GetColumn<bool>("Label"));
    }

    [Fact]
    public void LabelsWithoutACommonValue_AreRefusedAlike()
    {
        var points = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make(9).Select(
            point => new TwoDimensionalClasses.Point { Kind = "dark " + point.Kind, Features = point.Features }));
        var data = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(points).Transform(points);
        const string Expected = "The labels of column 'Label' of type Key<UInt32, 0-2> stand for 'dark red', 'dark green', "
            + "'dark blue', but the classifier's classes for 'red', 'green', 'blue'. Make both with the same fitted "
            + "MapValueToKey.";
        var models = new Dictionary<string, ITransformer> { ["classifier"] = _classifier };
        Action[] calls =
        [
            () => _ml.MulticlassClassification.EvaluateRobustness(_classifier, data, Attack),
            () => _ml.MulticlassClassification.EvaluateTransfer(models, data, Attack),
            () => _ml.MulticlassClassification.MeasureFeatureLeakage(_classifier, data, data),
            () => _ml.Transforms.PgdAugment(_classifier, "Made").Fit(data),
            () => _ml.Transforms.PgdAugmentRows(_classifier).Fit(data),
            () => _ml.Transforms.RobustFeatureDataset(_classifier, FeatureDatasetKind.NonRobust).Fit(data),
            () => _ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
            {
                Classifier = _classifier, Target = AttributionTargetKind.Label,
            }).Fit(data),
        ];

        foreach (var call in calls)
            Assert.StartsWith(Expected, Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelsOfOtherClasses_AreNamedWithTheirOrders()
    {
        var points = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make().Select(
            point => new TwoDimensionalClasses.Point { Kind = point.Kind, Number = point.Number, Features = point.Features }));
        var dark = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make().Select(
            point => new TwoDimensionalClasses.Point { Kind = "dark " + point.Kind, Features = point.Features }));
        using var other = TwoDimensionalClasses.Trainer(_ml).Fit(
            _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(dark).Transform(dark));
        var models = new Dictionary<string, ITransformer> { ["bright"] = _classifier, ["dark"] = other };

        var error = Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateTransfer(models, points, Attack, "Number"));

        Assert.StartsWith(
            "The classes of model 'dark' stand for 'dark red', 'dark green', 'dark blue', but those of model 'bright' for 'red', "
            + "'green', 'blue'.", error.Message, StringComparison.Ordinal);
    }

    private IDataView Keyed(string[] order)
    {
        var view = TwoDimensionalClasses.View(_ml, 30, seed: 5);
        return Map(order).Fit(view).Transform(view);
    }

    private Microsoft.ML.Transforms.ValueToKeyMappingEstimator Map(string[] order) =>
        _ml.Transforms.Conversion.MapValueToKey(
            "Label", "Kind", keyData: _ml.Data.LoadFromEnumerable(order.Select(kind => new { Kind = kind })));

    private sealed class TruePoint
    {
        public bool Label { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }
}
