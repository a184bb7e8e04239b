using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Rows;

/// <summary>The columns beside a step's own, which are kept while a batch of rows is read ahead.</summary>
public sealed class KeptColumnTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public KeptColumnTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public void Dispose() => _classifier.Dispose();

    [Fact]
    public void EveryColumnType_PassesUnchanged()
    {
        var data = _ml.Data.LoadFromEnumerable(AllTypes.Make(rows: 300), AllTypes.Schema());
        var expected = Read(data, data.Schema);
        var scored = _classifier.Transform(data);
        var found = Read(scored, scored.Schema.Take(data.Schema.Count));
        Assert.Equal(28, data.Schema.Count);
        Assert.Equal(300, found.Count);
        Assert.Equal(expected, found);
        Assert.Equal(300, expected.Distinct().Count());
    }

    [Fact]
    public void SparseVectors_StaySparse()
    {
        var data = _ml.Data.LoadFromEnumerable(AllTypes.Make(rows: 3), AllTypes.Schema());
        var scored = _classifier.Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema["Sparse"], scored.Schema["Score"]]);
        var get = cursor.GetGetter<VBuffer<double>>(scored.Schema["Sparse"]);
        VBuffer<double> value = default;
        while (cursor.MoveNext())
        {
            get(ref value);
            Assert.Equal((9, false, 2), (value.Length, value.IsDense, value.GetValues().Length));
            Assert.Equal([1, 5], value.GetIndices().ToArray());
        }
    }

    [Fact]
    public void MemoryThatTheSourceUsesAgain_IsCopied()
    {
        var scored = _classifier.Transform(new BufferReusingView(rows: 200));
        using var cursor = scored.GetRowCursor(scored.Schema);
        var getId = cursor.GetIdGetter();
        var getFeatures = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var getText = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Text"]);
        var getTexts = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(scored.Schema["Texts"]);
        var getImage = cursor.GetGetter<MLImage>(scored.Schema["Image"]);
        VBuffer<float> features = default;
        VBuffer<ReadOnlyMemory<char>> texts = default;
        ReadOnlyMemory<char> text = default;
        DataViewRowId id = default;
        MLImage image = null!;
        var row = 0;
        for (; cursor.MoveNext(); row++)
        {
            getFeatures(ref features);
            getText(ref text);
            getTexts(ref texts);
            getId(ref id);
            getImage(ref image);
            Assert.Equal(BufferReusingView.Features(row), features.DenseValues());
            Assert.Equal(BufferReusingView.Text(row), $"{text}");
            Assert.Equal([BufferReusingView.Text(row), BufferReusingView.Text(row)], texts.DenseValues().Select(one => $"{one}"));
            Assert.Equal((new DataViewRowId((ulong)row, 7), (long)row), (id, cursor.Position));
            Assert.Equal(BufferReusingView.Pixels(row), image.Pixels.ToArray());
            Assert.Equal(BufferReusingView.Text(row), image.Tag);
        }

        Assert.Equal(200, row);
        image.Dispose();
    }

    [Fact]
    public void AnImageThatOneReaderDisposes_IsWholeForTheOther()
    {
        var scored = _classifier.Transform(new BufferReusingView(rows: 20));
        using var cursor = scored.GetRowCursor(scored.Schema);
        var (first, second) = (cursor.GetGetter<MLImage>(scored.Schema["Image"]), cursor.GetGetter<MLImage>(scored.Schema["Image"]));
        for (var row = 0; cursor.MoveNext(); row++)
        {
            MLImage one = null!, other = null!;
            first(ref one);
            one.Dispose();
            second(ref other);
            Assert.Equal(BufferReusingView.Pixels(row), other.Pixels.ToArray());
            other.Dispose();
        }
    }

    [Fact]
    public void AnImageHandedIn_IsDisposedAsTheSourceDisposesIt()
    {
        // The first source disposes like LoadImages, the second holds images of the user's own.
        Assert.True(DisposesWhatIsHandedIn(new BufferReusingView(rows: 20)));
        var own = AllTypes.Make(rows: 20);
        Assert.False(DisposesWhatIsHandedIn(_ml.Data.LoadFromEnumerable(own, AllTypes.Schema())));
        Assert.All(own.Where(row => row.Image is not null), row => Assert.Equal(AllTypes.Width, row.Image!.Width));
    }

    private bool DisposesWhatIsHandedIn(IDataView data)
    {
        var scored = _classifier.Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema["Image"], scored.Schema["Score"]]);
        var get = cursor.GetGetter<MLImage>(scored.Schema["Image"]);
        MLImage image = null!;
        Assert.True(cursor.MoveNext());
        get(ref image);
        var before = image;
        Assert.True(cursor.MoveNext());
        get(ref image);
        Assert.NotSame(before, image);
        var disposes = Record.Exception(() => before.Width) is InvalidOperationException;
        before.Dispose();
        image.Dispose();
        return disposes;
    }

    // Each row as text, value by value, whatever the types.
    private static List<string> Read(IDataView view, IEnumerable<DataViewSchema.Column> columns)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        var readers = columns.Select(column => (Func<string>)typeof(KeptColumnTests)
            .GetMethod(nameof(Reader), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(column.Type.RawType).Invoke(null, [cursor, column])!).ToList();
        var rows = new List<string>();
        while (cursor.MoveNext())
            rows.Add(string.Join(" | ", readers.Select(read => read())));
        return rows;
    }

    private static Func<string> Reader<T>(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        var get = cursor.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            get(ref value);
            return $"{column.Name} {AllTypes.Describe(value)}";
        };
    }
}
