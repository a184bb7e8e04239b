using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.RobustFeatureDataset;

/// <summary>The contract of a step, for every kind.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer[] _classifiers;
    private readonly IDataView _data;

    public ContractTests()
    {
        _classifiers = CreatedRows.Classifiers(_ml);
        _data = CreatedRows.Data(_ml);
    }

    public static TheoryData<FeatureDatasetKind> All => CreatedRows.Kinds;

    public static TheoryData<FeatureDatasetKind> Rowwise => CreatedRows.RowwiseKinds;

    public void Dispose() => Array.ForEach(_classifiers, classifier => classifier.Dispose());

    [Theory]
    [MemberData(nameof(All))]
    public void Seed_DecidesTheRandomNumbers(FeatureDatasetKind kind)
    {
        var all = Rows(kind);
        if (kind is FeatureDatasetKind.Robust or FeatureDatasetKind.RandomLabels or FeatureDatasetKind.LeakageControl)
            Assert.NotEqual(all.Select(row => row.Features), Rows(kind, options => options.Seed = 2).Select(row => row.Features));
        Assert.Equal(all.Select(row => row.Features), Rows(kind, options => options.Seed = 1).Select(row => row.Features));
    }

    [Theory]
    [MemberData(nameof(Rowwise))]
    public void Rows_KeepCountAndOrder(FeatureDatasetKind kind)
    {
        using var step = Fit(kind);
        var view = step.Transform(_data);
        Assert.Equal(_data.GetRowCount(), view.GetRowCount());
        Assert.Equal(_data.GetColumn<float>("Number"), view.GetColumn<float>("Number"));
        Assert.Equal(60, CreatedRows.Rows(view).Count);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Cursors_StopGivingAtTheirEnd(FeatureDatasetKind kind)
    {
        using var step = Fit(kind, options => options.BatchSize = 8);
        var view = step.Transform(_data);
        using var first = view.GetRowCursor(view.Schema);
        VBuffer<float> features = default;
        var getFeatures = first.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        while (first.MoveNext())
            getFeatures(ref features);

        Assert.Throws<InvalidOperationException>(() => getFeatures(ref features));
    }

    [Fact]
    public void ClassifierDisposed_SaysSo()
    {
        var estimator = CreatedRows.Estimator(_ml, FeatureDatasetKind.Robust, _classifiers);
        var step = estimator.Fit(_data);
        var view = step.Transform(_data);
        step.Dispose();
        Assert.Throws<ObjectDisposedException>(() => CreatedRows.Rows(view));
        Assert.Throws<ObjectDisposedException>(() => step.Transform(_data));
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.Save(step, null, Stream.Null));
        // The classifier is the user's: it goes on.
        Assert.Equal(60, TwoDimensionalClasses.ScoresOnly(_classifiers[0].Transform(_data)).Count);
        var shifted = Fit(FeatureDatasetKind.ShiftedLabels);
        shifted.Dispose();
        Assert.Equal(60, CreatedRows.Rows(shifted.Transform(_data)).Count);
        _classifiers[0].Dispose();
        Assert.Throws<ObjectDisposedException>(() => CreatedRows.Rows(shifted.Transform(_data)));
        Assert.Throws<ObjectDisposedException>(() => estimator.Fit(_data));
    }

    [Fact]
    public void Cancelled_FitAndRowsStop()
    {
        using var source = new CancellationTokenSource();
        var estimator = CreatedRows.Estimator(_ml, FeatureDatasetKind.Robust, _classifiers,
            options => options.CancellationToken = source.Token);
        using var step = estimator.Fit(_data);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => CreatedRows.Rows(step.Transform(_data)));
        Assert.Throws<OperationCanceledException>(() => estimator.Fit(_data));
    }

    private RobustFeatureDatasetTransformer Fit(FeatureDatasetKind kind,
        Action<RobustFeatureDatasetEstimator.Options>? change = null, IDataView? data = null) =>
        CreatedRows.Estimator(_ml, kind, _classifiers, change).Fit(data ?? _data);

    private List<CreatedRows.Row> Rows(FeatureDatasetKind kind, Action<RobustFeatureDatasetEstimator.Options>? change = null)
    {
        using var step = Fit(kind, change);
        return CreatedRows.Rows(step.Transform(_data));
    }
}
