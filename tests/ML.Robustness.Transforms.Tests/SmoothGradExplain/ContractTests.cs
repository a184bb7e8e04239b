using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>The contract of a step, tried on the column of explanations.</summary>
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

    private sealed class Explanation
    {
        [ColumnName("Explanation")]
        public float[] Values { get; set; } = [];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void BatchSize_DoesNotChangeValues(int batchSize) =>
        AssertSame(Rows(), Rows(options => options.BatchSize = batchSize));

    [Fact]
    public void Order_DoesNotChangeValues()
    {
        var view = Fit().Transform(_data);
        Assert.True(view.CanShuffle);
        var inOrder = Explained.Rows(view);
        var shuffled = Explained.Rows(view, new Random(3));
        Assert.NotEqual(inOrder.Select(row => row.Id), shuffled.Select(row => row.Id));
        AssertSame([.. inOrder.OrderBy(row => row.Id, StringComparer.Ordinal)],
            [.. shuffled.OrderBy(row => row.Id, StringComparer.Ordinal)]);
    }

    [Fact]
    public void FilteredRows_DoNotChangeTheOthers()
    {
        var step = Fit();
        var all = Explained.Rows(step.Transform(_data)).ToDictionary(row => row.Id);
        var some = Explained.Rows(step.Transform(_ml.Data.FilterRowsByColumn(_data, "Number", lowerBound: 0.5)));
        Assert.InRange(some.Count, 30, 34);
        AssertSame([.. some.Select(row => all[row.Id])], some);
    }

    [Fact]
    public void ActiveColumns_DoNotChangeValues()
    {
        var view = Fit().Transform(_data);
        using var cursor = view.GetRowCursor(view.Schema);
        var get = cursor.GetGetter<VBuffer<float>>(view.Schema["Explanation"]);
        VBuffer<float> value = default;
        var rows = new List<float[]>();
        while (cursor.MoveNext())
        {
            get(ref value);
            rows.Add([.. value.DenseValues()]);
        }

        Assert.Equal(Explained.Rows(view).Select(row => row.Values), rows);
    }

    [Fact]
    public void Seed_DecidesTheNoise()
    {
        AssertSame(Rows(), Rows());
        AssertSame(Rows(options => options.Seed = 1), Rows());
        Assert.NotEqual(Rows(options => options.Seed = 2)[0].Values, Rows()[0].Values);
    }

    [Theory]
    [InlineData(AttributionTargetKind.PredictedClass, "Features")]
    [InlineData(AttributionTargetKind.Label, "Features Label")]
    public void Transform_IsLazy_AndReadsOnlyWhatItNeeds(AttributionTargetKind target, string needed)
    {
        var watched = new RecordingDataView(_data);
        var view = Fit(options => options.Target = target).Transform(watched);
        Assert.Empty(watched.Opened);

        using (var cursor = view.GetRowCursor([view.Schema["Kind"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal([["Kind"]], watched.Opened);

        using (var cursor = view.GetRowCursor([view.Schema["Explanation"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal(needed, string.Join(' ', watched.Opened[1].Order(StringComparer.Ordinal)));
        Assert.Equal(watched.Opened.Count, watched.Closed);
    }

    [Fact]
    public void Cursors_AreIndependent()
    {
        var view = Fit(options => options.BatchSize = 8).Transform(_data);
        var alone = Explained.Rows(view);
        using var first = view.GetRowCursor(view.Schema);
        for (var i = 0; i < 11; i++)
            first.MoveNext();
        AssertSame(alone, Explained.Rows(view));
        VBuffer<float> value = default;
        first.GetGetter<VBuffer<float>>(view.Schema["Explanation"])(ref value);
        Explained.AssertSame([alone[10].Values], [[.. value.DenseValues()]]);
    }

    [Fact]
    public void PredictionEngine_GivesWhatTransformGivesForTheRowAlone()
    {
        var points = TwoDimensionalClasses.Make(rows: 6);
        var data = _ml.Data.LoadFromEnumerable(points);
        var step = Fit(data: data);
        using var engine = _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, Explanation>(step);
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
    public void Threads_ExplainAtTheSameTime()
    {
        var view = Fit().Transform(_data);
        var expected = Explained.Rows(view);
        Parallel.For(0, 4, _ => AssertSame(expected, Explained.Rows(view)));
        Assert.DoesNotContain(_classifier.Network.parameters(), parameter => parameter.requires_grad);
    }

    [Fact]
    public void Explaining_LeavesNoNativeTensorsBehind()
    {
        NativeTensors.AreAsBeforeAfter(
            () => Explained.Rows(Fit(options => options.Target = AttributionTargetKind.Label).Transform(_data)));
        NativeTensors.AreAsBeforeAfter(() => Explained.Rows(Fit(options => options.Absolute = true).Transform(_data)));
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
