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
        _classifiers = Constructed.Classifiers(_ml);
        _data = Constructed.Data(_ml);
    }

    public static TheoryData<FeatureDatasetKind> All => Constructed.Kinds;

    public static TheoryData<FeatureDatasetKind> Rowwise => Constructed.RowwiseKinds;

    public void Dispose() => Array.ForEach(_classifiers, classifier => classifier.Dispose());

    [Theory]
    [MemberData(nameof(All))]
    public void BatchSize_DoesNotChangeValues(FeatureDatasetKind kind)
    {
        var expected = Rows(kind);
        Constructed.AssertSame(expected, Rows(kind, options => options.BatchSize = 1));
        Constructed.AssertSame(expected, Rows(kind, options => options.BatchSize = 7));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Order_DoesNotChangeValues(FeatureDatasetKind kind)
    {
        using var step = Fit(kind);
        var view = step.Transform(_data);
        Assert.True(view.CanShuffle);
        var (inOrder, shuffled) = (Constructed.Rows(view), Constructed.Rows(view, new Random(3)));
        Assert.NotEqual(inOrder.Select(row => row.Id), shuffled.Select(row => row.Id));
        Constructed.AssertSame([.. inOrder.OrderBy(row => row.Id, StringComparer.Ordinal)],
            [.. shuffled.OrderBy(row => row.Id, StringComparer.Ordinal)]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void SameSeed_GivesTheSameBytes_AndFilteredRowsDoNotChangeTheOthers(FeatureDatasetKind kind)
    {
        using var step = Fit(kind);
        var all = Constructed.Rows(step.Transform(_data));
        var again = Rows(kind);
        Assert.Equal(all.Select(row => row.Features), again.Select(row => row.Features));
        var some = Constructed.Rows(step.Transform(_ml.Data.FilterRowsByColumn(_data, "Number", lowerBound: 0.5)));
        var byId = all.ToDictionary(row => row.Id);
        Constructed.AssertSame([.. some.Select(row => byId[row.Id])], some);
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
        Assert.Equal(60, Constructed.Rows(view).Count);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ActiveColumns_DoNotChangeValues(FeatureDatasetKind kind)
    {
        using var step = Fit(kind);
        var view = step.Transform(_data);
        var rows = Constructed.Rows(view);
        Assert.Equal(rows.Select(row => row.Features), Augmented.Vectors(view, "Features"));
        Assert.Equal(rows.Select(row => row.Label), Keys(view, "Label"));
        Assert.Equal(rows.Select(row => row.Old), Keys(view, "Old"));
    }

    [Theory]
    [MemberData(nameof(Rowwise))]
    public void Transform_IsLazy_AndReadsOnlyWhatItNeeds(FeatureDatasetKind kind)
    {
        var watched = new RecordingDataView(_data);
        using var step = Fit(kind, data: watched);
        // Kinds that start from another row read the features once.
        Assert.Equal(step.Construction.Settings.MatchesFeatures ? [["Features"]] : (string[][])[], watched.Opened);
        watched.Opened.Clear();
        var view = step.Transform(watched);
        Assert.Empty(watched.Opened);
        using (var cursor = view.GetRowCursor([view.Schema["Old"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal([["Old"]], watched.Opened);
        using (var cursor = view.GetRowCursor([view.Schema["Features"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal(["Features", "Label"], watched.Opened[1].Order(StringComparer.Ordinal));
        Assert.Equal(2, watched.Opened.Count);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Cursors_AreIndependent_AndStopGivingAtTheirEnd(FeatureDatasetKind kind)
    {
        using var step = Fit(kind, options => options.BatchSize = 8);
        var view = step.Transform(_data);
        var alone = Constructed.Rows(view);
        using var first = view.GetRowCursor(view.Schema);
        for (var i = 0; i < 3; i++)
            Assert.True(first.MoveNext());
        Constructed.AssertSame(alone, Constructed.Rows(view));
        VBuffer<float> features = default;
        var getFeatures = first.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        getFeatures(ref features);
        Assert.Equal(2, first.Position);
        Assert.Equal(alone[2].Features.Select(value => MathF.Round(value, 4)),
            features.DenseValues().Select(value => MathF.Round(value, 4)));
        while (first.MoveNext())
        {
        }

        Assert.Throws<InvalidOperationException>(() => getFeatures(ref features));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Making_LeavesNoNativeTensorsBehind(FeatureDatasetKind kind) => NativeTensors.AreAsBeforeAfter(() => Rows(kind));

    [Fact]
    public void ClassifierDisposed_SaysSo()
    {
        var estimator = Constructed.Estimator(_ml, FeatureDatasetKind.Robust, _classifiers);
        var step = estimator.Fit(_data);
        var view = step.Transform(_data);
        step.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Constructed.Rows(view));
        Assert.Throws<ObjectDisposedException>(() => step.Transform(_data));
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.Save(step, null, Stream.Null));
        // The classifier is the user's: it goes on.
        Assert.Equal(60, TwoDimensionalClasses.ScoresOnly(_classifiers[0].Transform(_data)).Count);
        var shifted = Fit(FeatureDatasetKind.ShiftedLabels);
        shifted.Dispose();
        Assert.Equal(60, Constructed.Rows(shifted.Transform(_data)).Count);
        _classifiers[0].Dispose();
        Assert.Throws<ObjectDisposedException>(() => Constructed.Rows(shifted.Transform(_data)));
        Assert.Throws<ObjectDisposedException>(() => estimator.Fit(_data));
    }

    [Fact]
    public void Threads_WorkAtTheSameTime()
    {
        using var step = Fit(FeatureDatasetKind.NonTransferable);
        var view = step.Transform(_data);
        var expected = Constructed.Rows(view);
        Parallel.For(0, 4, _ => Constructed.AssertSame(expected, Constructed.Rows(view)));
    }

    [Fact]
    public void Cancelled_FitAndRowsStop()
    {
        using var source = new CancellationTokenSource();
        var estimator = Constructed.Estimator(_ml, FeatureDatasetKind.Robust, _classifiers,
            options => options.CancellationToken = source.Token);
        using var step = estimator.Fit(_data);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => Constructed.Rows(step.Transform(_data)));
        Assert.Throws<OperationCanceledException>(() => estimator.Fit(_data));
    }

    private RobustFeatureDatasetTransformer Fit(FeatureDatasetKind kind,
        Action<RobustFeatureDatasetEstimator.Options>? change = null, IDataView? data = null) =>
        Constructed.Estimator(_ml, kind, _classifiers, change).Fit(data ?? _data);

    private List<Constructed.Row> Rows(FeatureDatasetKind kind, Action<RobustFeatureDatasetEstimator.Options>? change = null)
    {
        using var step = Fit(kind, change);
        return Constructed.Rows(step.Transform(_data));
    }

    private static List<uint> Keys(IDataView data, string column)
    {
        using var cursor = data.GetRowCursor([data.Schema[column]]);
        var get = cursor.GetGetter<uint>(data.Schema[column]);
        var keys = new List<uint>();
        uint key = 0;
        while (cursor.MoveNext())
        {
            get(ref key);
            keys.Add(key);
        }

        return keys;
    }
}
