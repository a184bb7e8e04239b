using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>Adversarial copies among the rows.</summary>
public sealed class RowsTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _data;

    public RowsTests()
    {
        _data = _ml.Data.Cache(TwoDimensionalClasses.Keyed(_ml, rows: 40));
        _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
    }

    public void Dispose() => _classifier.Dispose();

    private sealed record Row(string Id, long Position, string Kind, uint Label, float[] Features, bool IsAdversarial);

    [Theory]
    [InlineData(CopyPlacement.Interleaved)]
    [InlineData(CopyPlacement.Following)]
    public void EveryRow_HasItsCopyWithTheExampleOfTheColumn(CopyPlacement placement)
    {
        var found = Read(Fit(options => (options.Placement, options.BatchSize) = (placement, 16)).Transform(_data));
        var originals = Read(_ml.Transforms.CopyColumns("IsAdversarial", "Number").Fit(_data).Transform(_data), mark: false);
        var examples = Augmented.Vectors(Augmented.Estimator(_ml, _classifier).Fit(_data).Transform(_data), "Adversarial");
        var expected = placement == CopyPlacement.Interleaved
            ? originals.Zip(examples)
            .SelectMany(pair => new[] { (pair.First, pair.First.Features, false), (pair.First, pair.Second, true) }).ToList()
            : [.. originals.Select(row => (row, row.Features, false)),
                .. originals.Zip(examples).Select(pair => (pair.First, pair.Second, true))];
        Assert.Equal(80, found.Count);
        foreach (var ((row, features, isAdversarial), other) in expected.Zip(found))
        {
            Assert.Equal((row.Kind, row.Label, isAdversarial), (other.Kind, other.Label, other.IsAdversarial));
            Augmented.AssertClose(features, other.Features);
            if (!isAdversarial)
                Assert.Equal(row.Id, other.Id);
        }

        Assert.Equal(Enumerable.Range(0, 80).Select(position => (long)position), found.Select(row => row.Position));
        Assert.Equal(80, found.Select(row => row.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(CopyPlacement.Interleaved)]
    [InlineData(CopyPlacement.Following)]
    public void Fraction_OfTheRowsIsCopied_WhicheverOrderTheyCome(CopyPlacement placement)
    {
        var view = Fit(options => (options.Placement, options.Fraction) = (placement, 0.5)).Transform(_data);
        var inOrder = Read(view);
        var copies = inOrder.Count(row => row.IsAdversarial);
        Assert.InRange(copies, 10, 30);
        Assert.Equal(40 + copies, inOrder.Count);
        var whole = Read(Fit(options => options.Placement = placement).Transform(_data)).Where(row => row.IsAdversarial)
            .ToDictionary(row => row.Id);
        Assert.All(inOrder.Where(row => row.IsAdversarial), row => Augmented.AssertClose(whole[row.Id].Features, row.Features));

        var shuffled = Read(view, new Random(4));
        Assert.NotEqual(inOrder.Select(row => row.Id), shuffled.Select(row => row.Id));
        foreach (var (one, other) in inOrder.OrderBy(row => row.Id, StringComparer.Ordinal)
            .Zip(shuffled.OrderBy(row => row.Id, StringComparer.Ordinal)))
        {
            Assert.Equal((one.Id, one.Kind, one.IsAdversarial), (other.Id, other.Kind, other.IsAdversarial));
            Augmented.AssertClose(one.Features, other.Features);
        }

        if (placement == CopyPlacement.Interleaved)
            Assert.All(Enumerable.Range(0, shuffled.Count).Where(i => shuffled[i].IsAdversarial),
                i => Assert.Equal(shuffled[i - 1].Kind, shuffled[i].Kind));
    }

    [Fact]
    public void RowCount_IsToldWhereItIsKnown()
    {
        Assert.Equal(2 * _data.GetRowCount(), Fit().Transform(_data).GetRowCount());
        Assert.Null(Fit(options => options.Fraction = 0.3).Transform(_data).GetRowCount());
    }

    [Fact]
    public void Schema_IsTheInputs_AndTheMarkWhereAskedFor()
    {
        var unmarked = Augmented.RowsEstimator(_ml, _classifier, options => options.IsAdversarialColumnName = null);
        Assert.Same(_data.Schema, unmarked.Fit(_data).Transform(_data).Schema);
        Assert.Equal(ColumnShapes.Of(_data.Schema).Select(column => column.Name),
            unmarked.GetOutputSchema(ColumnShapes.Of(_data.Schema)).Select(column => column.Name));

        var marked = Augmented.RowsEstimator(_ml, _classifier);
        var real = ColumnShapes.Of(marked.Fit(_data).Transform(_data).Schema);
        var predicted = marked.GetOutputSchema(ColumnShapes.Of(_data.Schema));
        Assert.Equal(real.Select(column => $"{column.Name} {ColumnShapes.Describe(column)}"),
            predicted.Select(column => $"{column.Name} {ColumnShapes.Describe(column)}"));
        Assert.Equal("Boolean", marked.Fit(_data).GetOutputSchema(_data.Schema)["IsAdversarial"].Type.ToString());
    }

    [Theory]
    [InlineData(CopyPlacement.Interleaved)]
    [InlineData(CopyPlacement.Following)]
    public void Labels_AloneAreReadWithoutAnAttack_AndCursorsAreClosed(CopyPlacement placement)
    {
        var watched = new RecordingDataView(_data);
        var view = Fit(options => options.Placement = placement).Transform(watched);
        Assert.Empty(watched.Opened);
        var labels = view.GetColumn<uint>("Label").ToList();
        Assert.Equal(80, labels.Count);
        Assert.All(watched.Opened, columns => Assert.DoesNotContain("Features", columns));
        Assert.Equal(80, Read(view).Count);
        Assert.Equal(watched.Opened.Count, watched.Closed);
    }

    [Fact]
    public void Getters_CheckColumnAndType()
    {
        var view = Fit().Transform(_data);
        using var cursor = view.GetRowCursor([view.Schema["IsAdversarial"], view.Schema["Features"]]);
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<uint>(view.Schema["Label"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["IsAdversarial"]));
        Assert.ThrowsAny<Exception>(() => cursor.GetGetter<VBuffer<double>>(view.Schema["Features"]));
        Assert.True(cursor.IsColumnActive(view.Schema["Features"]));
        Assert.False(cursor.IsColumnActive(view.Schema["Label"]));
    }

    [Fact]
    public void RowByRow_IsRefused()
    {
        var step = Fit();
        Assert.False(step.IsRowToRowMapper);
        var error = Assert.Throws<InvalidOperationException>(() => step.GetRowToRowMapper(_data.Schema));
        Assert.Contains("GetModelFor(TransformerScope.Scoring)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void Fraction_OutsideItsBounds_IsRefused(double fraction)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.PgdAugmentRows(_classifier, fraction: fraction));
        Assert.Contains("above 0 and at most 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Placement_ThatIsNone_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PgdAugmentRowsEstimator.Options { Placement = (CopyPlacement)7 });

    [Fact]
    public void Reading_LeavesNoNativeTensorsBehind()
    {
        var view = Fit(options => options.Fraction = 0.4).Transform(_data);
        LiveTensors.AssertNoneLeft(() => Read(view));
    }

    private PgdAugmentRowsTransformer Fit(Action<PgdAugmentRowsEstimator.Options>? change = null) =>
        Augmented.RowsEstimator(_ml, _classifier, change).Fit(_data);

    private static List<Row> Read(IDataView data, Random? random = null, bool mark = true)
    {
        using var cursor = data.GetRowCursor(data.Schema, random);
        var getId = cursor.GetIdGetter();
        var getKind = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Kind"]);
        var getLabel = cursor.GetGetter<uint>(data.Schema["Label"]);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(data.Schema["Features"]);
        var getMark = mark ? cursor.GetGetter<bool>(data.Schema["IsAdversarial"]) : (ref bool value) => value = false;
        var rows = new List<Row>();
        DataViewRowId id = default;
        ReadOnlyMemory<char> kind = default;
        VBuffer<float> features = default;
        var (label, isAdversarial) = (0u, false);
        while (cursor.MoveNext())
        {
            getId(ref id);
            getKind(ref kind);
            getLabel(ref label);
            getFeatures(ref features);
            getMark(ref isAdversarial);
            rows.Add(new Row($"{id}", cursor.Position, $"{kind}", label, [.. features.DenseValues()], isAdversarial));
        }

        return rows;
    }
}
