using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>The contract of a step, tried on the column of attributions.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _data;

    public ContractTests()
    {
        _data = _ml.Data.Cache(TwoDimensionalClasses.Keyed(_ml, rows: 50));
        _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
    }

    public void Dispose() => _classifier.Dispose();

    private sealed class Attribution
    {
        [ColumnName("Explanation")]
        public float[] Values { get; set; } = [];
    }

    [Fact]
    public void Seed_DecidesTheNoise()
    {
        AssertSame(Rows(), Rows());
        AssertSame(Rows(options => options.Seed = 1), Rows());
        Assert.NotEqual(Rows(options => options.Seed = 2)[0].Values, Rows()[0].Values);
    }

    [Fact]
    public void PredictionEngine_GivesWhatTransformGivesForTheRowAlone()
    {
        var points = TwoDimensionalClasses.Make(rows: 6);
        var data = _ml.Data.LoadFromEnumerable(points);
        var step = Fit(data: data);
        using var engine = _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, Attribution>(step);
        foreach (var point in points)
        {
            var alone = Assert.Single(Explained.Rows(step.Transform(_ml.Data.LoadFromEnumerable([point]))));
            Explained.AssertSame([alone.Values], [engine.Predict(point).Values]);
        }
    }

    [Fact]
    public void ChainedClassifier_IsExplainedToo_AndStepsMayFollow()
    {
        var points = TwoDimensionalClasses.View(_ml);
        using var model = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Append(TwoDimensionalClasses.Trainer(_ml))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(points);
        var chain = model.Append(Explained.Estimator(_ml, model).Fit(model.Transform(points)))
            .Append(_ml.Transforms.Concatenate("Both", "Features", "Explanation").Fit(
            Explained.Estimator(_ml, model).Fit(model.Transform(points)).Transform(model.Transform(points))));
        var view = chain.Transform(points);
        Assert.Equal(8, ((VectorDataViewType)view.Schema["Both"].Type).Size);
        Assert.Contains("PredictedLabel", view.Schema.Select(column => column.Name));
        var estimator = _ml.Transforms.CopyColumns("Copy", "Features").Append(Explained.Estimator(_ml, model))
            .Append(_ml.Transforms.Concatenate("Both", "Copy", "Explanation"));
        Assert.Equal("Vector<Single, 8>", $"{estimator.Fit(_data).Transform(_data).Schema["Both"].Type}");
    }

    [Fact]
    public void CommonOverload_TakesTheInputsPlace()
    {
        var beside = _ml.Transforms.SmoothGradExplain(_classifier, "Explanation", "Features", 2, 0.1).Fit(_data).Transform(_data);
        var instead = _ml.Transforms.SmoothGradExplain(_classifier, "Features", samples: 2, noise: 0.1).Fit(_data)
            .Transform(_data);
        Assert.Equal(Explained.Rows(beside).Select(row => row.Values), Augmented.Vectors(instead, "Features"));
        Assert.Equal(["Kind", "Number", "Label", "Features"],
            instead.Schema.Where(column => !column.IsHidden).Select(column => column.Name));
    }

    [Fact]
    public void RequiredArgumentsAlone_AreEverythingSpelledOut()
    {
        var (data, classifier) = TwoDimensionalClasses.FittedOnPoints(_ml);
        using var owned = classifier;
        var expected = Values(_ml.Transforms.SmoothGradExplain(classifier, "Explanation", "Points", 50, 0.15));
        Assert.Equal(expected, Values(_ml.Transforms.SmoothGradExplain(classifier)));
        Assert.Equal(expected,
            Values(_ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options { Classifier = classifier })));

        List<float[]> Values(SmoothGradExplainEstimator step)
        {
            var found = _ml.Transforms.CopyColumns("Copy", "Points").Append(step).Fit(data).Transform(data);
            Assert.Equal("Explanation", found.Schema[found.Schema.Count - 1].Name);
            return Augmented.Vectors(found, "Explanation");
        }
    }

    [Fact]
    public void Options_AreCopied()
    {
        var options = Explained.Options(_classifier);
        var estimator = _ml.Transforms.SmoothGradExplain(options);
        (options.OutputColumnName, options.Seed) = ("Other", 7);
        Assert.Contains(estimator.GetOutputSchema(ColumnShapes.Of(_data.Schema)), column => column.Name == "Explanation");
        AssertSame(Rows(), Explained.Rows(estimator.Fit(_data).Transform(_data)));
    }

    [Fact]
    public void ClassifierDisposed_SaysSo()
    {
        var estimator = Explained.Estimator(_ml, _classifier);
        var step = estimator.Fit(_data);
        var view = step.Transform(_data);
        step.Dispose();
        Assert.Equal(50, Explained.Rows(view).Count);
        _classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Explained.Rows(view));
        Assert.Throws<ObjectDisposedException>(() => estimator.Fit(_data));
        Assert.Throws<ObjectDisposedException>(() => Explained.Estimator(_ml, _classifier));
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.Save(step, null, Stream.Null));
    }

    private SmoothGradExplainTransformer Fit(Action<SmoothGradExplainEstimator.Options>? change = null, IDataView? data = null) =>
        Explained.Estimator(_ml, _classifier, change).Fit(data ?? _data);

    private List<(string Id, float[] Values)> Rows(Action<SmoothGradExplainEstimator.Options>? change = null) =>
        Explained.Rows(Fit(change).Transform(_data));

    private static void AssertSame(List<(string Id, float[] Values)> expected, List<(string Id, float[] Values)> found)
    {
        Assert.Equal(expected.Select(row => row.Id), found.Select(row => row.Id));
        Explained.AssertSame(expected.Select(row => row.Values), found.Select(row => row.Values));
    }
}
