using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>The contract of a step, tried on the column of examples.</summary>
public sealed class ColumnContractTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _data;

    public ColumnContractTests()
    {
        _data = _ml.Data.Cache(TwoDimensionalClasses.Keyed(_ml, rows: 50));
        _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
    }

    public void Dispose() => _classifier.Dispose();

    private sealed class Example
    {
        public float[] Adversarial { get; set; } = [];

        public bool Success { get; set; }
    }

    private sealed class KeyedPoint
    {
        public float Number { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    [Fact]
    public void Seed_DecidesTheRandomStarts()
    {
        Assert.Equal(Rows().Select(row => row.Example), Rows().Select(row => row.Example));
        Assert.Equal(Rows(options => options.Seed = 1).Select(row => row.Example), Rows().Select(row => row.Example));
        Assert.NotEqual(Rows(options => options.Seed = 2).Select(row => row.Example), Rows().Select(row => row.Example));
    }

    [Fact]
    public void PredictionEngine_GivesWhatTransformGivesForTheRowAlone()
    {
        var points = TwoDimensionalClasses.Make(rows: 6)
            .Select(point => new KeyedPoint { Number = point.Number, Features = point.Features }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(points);
        var step = Fit(options => options.LabelColumnName = "Number", data);
        using var engine = _ml.Model.CreatePredictionEngine<KeyedPoint, Example>(step);
        foreach (var point in points)
        {
            var alone = step.Transform(_ml.Data.LoadFromEnumerable([point]));
            var expected = Assert.Single(_ml.Data.CreateEnumerable<Example>(alone, reuseRowObject: false));
            var found = engine.Predict(point);
            Augmented.AssertClose(expected.Adversarial, found.Adversarial);
            Assert.Equal(expected.Success, found.Success);
        }
    }

    [Fact]
    public void ChainedClassifier_IsAttackedToo_AndStepsMayFollow()
    {
        var points = TwoDimensionalClasses.View(_ml);
        using var model = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Append(TwoDimensionalClasses.Trainer(_ml))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(points);
        var step = Augmented.Estimator(_ml, model).Append(_ml.Transforms.Conversion.MapKeyToValue("Attacked"))
            .Append(_ml.Transforms.Concatenate("Both", "Features", "Adversarial"));
        var view = step.Fit(_data).Transform(_data);
        Assert.Equal(8, ((VectorDataViewType)view.Schema["Both"].Type).Size);
        Assert.All(view.GetColumn<string>("Attacked"), kind => Assert.Contains(kind, new[] { "red", "green", "blue" }));
        Assert.Equal(
            [
                .. Augmented.Vectors(view, "Features")
                .Zip(Augmented.Vectors(view, "Adversarial"), (one, other) => (float[])[.. one, .. other])],
                Augmented.Vectors(view, "Both"));
    }

    [Fact]
    public void CommonOverload_TakesTheInputsPlace()
    {
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 2 };
        var beside = _ml.Transforms.PgdAugment(_classifier, attack: attack).Fit(_data).Transform(_data);
        var instead = _ml.Transforms.PgdAugment(_classifier, "Features", attack: attack).Fit(_data).Transform(_data);
        Assert.Equal(Augmented.Vectors(beside, "Adversarial"), Augmented.Vectors(instead, "Features"));
        Assert.Equal(["Kind", "Number", "Label", "Features"],
            instead.Schema.Where(column => !column.IsHidden).Select(column => column.Name));
    }

    [Fact]
    public void RequiredArgumentsAlone_AreEverythingSpelledOut()
    {
        var (data, classifier) = TwoDimensionalClasses.FittedOnPoints(_ml);
        using var owned = classifier;
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0)) { Steps = 10 };
        var expected = Values(_ml.Transforms.PgdAugment(classifier, "Adversarial", "Points", "Label", attack));
        Assert.Equal(expected, Values(_ml.Transforms.PgdAugment(classifier)));
        Assert.Equal(expected, Values(_ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options { Classifier = classifier })));

        List<float[]> Values(PgdAugmentEstimator step)
        {
            var pipeline = _ml.Transforms.CopyColumns("Copy", "Points").Append(step);
            return Augmented.Vectors(pipeline.Fit(data).Transform(data), "Adversarial");
        }
    }

    [Fact]
    public void RequiredArgumentsAlone_OfRows_AreEverythingSpelledOut()
    {
        var (data, classifier) = TwoDimensionalClasses.FittedOnPoints(_ml);
        using var owned = classifier;
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0)) { Steps = 10 };
        var expected = Values(_ml.Transforms.PgdAugmentRows(classifier, "Points", "Label", attack, 1));
        Assert.Equal(60, expected.Count);
        Assert.Equal(expected, Values(_ml.Transforms.PgdAugmentRows(classifier)));
        Assert.Equal(expected,
            Values(_ml.Transforms.PgdAugmentRows(new PgdAugmentRowsEstimator.Options { Classifier = classifier })));

        List<float[]> Values(PgdAugmentRowsEstimator step) => Augmented.Vectors(step.Fit(data).Transform(data), "Points");
    }

    [Fact]
    public void Options_AreCopied()
    {
        var options = Augmented.Options(_classifier);
        var estimator = _ml.Transforms.PgdAugment(options);
        options.OutputColumnName = "Other";
        Assert.Contains(estimator.GetOutputSchema(ColumnShapes.Of(_data.Schema)), column => column.Name == "Adversarial");
    }

    [Fact]
    public void ClassifierDisposed_SaysSo()
    {
        var estimator = Augmented.Estimator(_ml, _classifier);
        var step = estimator.Fit(_data);
        var view = step.Transform(_data);
        step.Dispose();
        Assert.Equal(50, Augmented.Rows(view).Count);
        _classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Augmented.Rows(view));
        Assert.Throws<ObjectDisposedException>(() => estimator.Fit(_data));
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.Save(step, null, Stream.Null));
    }

    private PgdAugmentTransformer Fit(Action<PgdAugmentEstimator.Options>? change = null, IDataView? data = null) =>
        Augmented.Estimator(_ml, _classifier, change).Fit(data ?? _data);

    private List<Augmented.Row> Rows(Action<PgdAugmentEstimator.Options>? change = null) =>
        Augmented.Rows(Fit(change).Transform(_data));

    private static void AssertSame(List<Augmented.Row> expected, List<Augmented.Row> found)
    {
        Assert.Equal(expected.Select(row => row.Id), found.Select(row => row.Id));
        foreach (var (one, other) in expected.Zip(found))
        {
            Augmented.AssertClose(one.Example, other.Example);
            Assert.Equal((one.Success, one.Predicted), (other.Success, other.Predicted));
            Assert.Equal(one.Distance, other.Distance, 1e-5f);
        }
    }
}
