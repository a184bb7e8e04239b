using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.FeatureDatasetFiles;

public sealed class FileTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("set.bin");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SaveAndLoad_Digits_GiveTheSameColumnsAndRows(bool isFloat)
    {
        var view = _ml.Data.GenerateDigits(300, seed: 4, outputAsFloatArray: isFloat);
        _ml.Data.SaveFeatureDataset(view, Path);
        var loaded = _ml.Data.LoadFeatureDataset(Path);

        Assert.Equal(view.Schema.Select(Describe), loaded.Schema.Select(Describe));
        Assert.Equal(RowValues.KeyValues<uint>(view), RowValues.KeyValues<uint>(loaded));
        Assert.Equal(300, loaded.GetRowCount());
        if (isFloat)
            AssertSame(RowValues.Read<float>(view), RowValues.Read<float>(loaded));
        else
            AssertSame(RowValues.Read<byte>(view), RowValues.Read<byte>(loaded));
        loaded.Verify();
        Assert.False(File.Exists(Path + ".partial"));
    }

    [Fact]
    public void SaveAndLoad_TextKeysOfOtherColumns_AreKept()
    {
        var view = TwoDimensionalClasses.Keyed(_ml, rows: 20);
        _ml.Data.SaveFeatureDataset(view, Path);
        var loaded = _ml.Data.LoadFeatureDataset(Path);
        VBuffer<ReadOnlyMemory<char>> expected = default, actual = default;
        view.Schema["Label"].GetKeyValues(ref expected);
        loaded.Schema["Label"].GetKeyValues(ref actual);

        Assert.Equal(expected.DenseValues().Select(x => x.ToString()), actual.DenseValues().Select(x => x.ToString()));
        Assert.Equal(view.GetColumn<uint>("Label"), loaded.GetColumn<uint>("Label"));
        Assert.Equal(view.GetColumn<float[]>("Features"), loaded.GetColumn<float[]>("Features"));
    }

    [Fact]
    public void SaveAndLoad_NumbersAsLabels_AreKeptBitForBit()
    {
        float[] labels = [0, 2.5f, float.NaN, -1, float.PositiveInfinity];
        var rows = labels.Select(label => new TwoDimensionalClasses.BytePoint { Number = label, Features = [1, 2, 3, 255] });
        _ml.Data.SaveFeatureDataset(_ml.Data.LoadFromEnumerable(rows), Path, labelColumnName: "Number");
        var loaded = _ml.Data.LoadFeatureDataset(Path);

        Assert.Equal("Single", loaded.Schema["Number"].Type.ToString());
        Assert.Equal(labels, loaded.GetColumn<float>("Number"));
        Assert.Equal(new byte[] { 1, 2, 3, 255 }, loaded.GetColumn<byte[]>("Features").First());
    }

    [Fact]
    public void Save_SparseRows_AreWrittenWhole()
    {
        var view = _ml.Data.LoadFromEnumerable([new Sparse { Features = new VBuffer<float>(5, 1, [7f], [3]) }], SparseSchema());
        _ml.Data.SaveFeatureDataset(view, Path);

        Assert.Equal(new float[] { 0, 0, 0, 7, 0 }, _ml.Data.LoadFeatureDataset(Path).GetColumn<float[]>("Features").Single());
    }

    [Fact]
    public void SaveAndLoad_NoRows_IsAWholeFile()
    {
        _ml.Data.SaveFeatureDataset(_ml.Data.SkipRows(_ml.Data.GenerateDigits(5), 9), Path);
        var loaded = _ml.Data.LoadFeatureDataset(Path);

        Assert.Equal(0, loaded.Manifest.Rows);
        Assert.Empty(loaded.GetColumn<uint>("Label"));
        loaded.Verify();
    }

    [Fact]
    public void Load_Manifest_SaysWhatWasGiven()
    {
        var source = _ml.Data.GenerateDigits(30, seed: 1);
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(20, seed: 2), Path, Said(options => options.Source = source));
        var manifest = _ml.Data.LoadFeatureDataset(Path).Manifest;

        Assert.Equal(("ShiftedLabels", "thirty digits", 20L), (manifest.Kind, manifest.SourceDescription, manifest.Rows));
        Assert.Equal([new("seed", "3"), new("steps", "10")], manifest.Parameters);
        Assert.Equal(("Features", "Label", "Vector<Single, 1, 28, 28>", "Key<UInt32, 0-9>"),
            (manifest.FeatureColumnName, manifest.LabelColumnName, manifest.FeatureType.ToString(),
                manifest.LabelType.ToString()));
        Assert.Equal(64, manifest.SourceChecksum?.Length);
        Assert.Equal(manifest.SourceChecksum,
            SourceChecksum.Of(_ml.Data.GenerateDigits(30, seed: 1), "Features", "Label", 0, default));
        Assert.NotEqual(manifest.SourceChecksum,
            SourceChecksum.Of(_ml.Data.GenerateDigits(29, seed: 1), "Features", "Label", 0, default));
        Assert.NotEqual(manifest.SourceChecksum,
            SourceChecksum.Of(_ml.Data.GenerateDigits(30, seed: 1, outputAsFloatArray: false), "Features", "Label", 0, default));
    }

    [Fact]
    public void Save_Twice_GivesTheSameBytes_AndReplacesTheFile()
    {
        var options = Said(options => options.Parameters = new Dictionary<string, string> { ["steps"] = "10", ["seed"] = "3" });
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(20), Path, Said());
        var first = File.ReadAllBytes(Path);
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(20), Path, options);
        Assert.Equal(first, File.ReadAllBytes(Path));
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(21), Path, options);
        Assert.Equal(21, _ml.Data.LoadFeatureDataset(Path).GetRowCount());
    }

    [Fact]
    public void Load_ShuffledOrShared_GivesEachRowOnce()
    {
        var view = _ml.Data.GenerateDigits(500, seed: 4, outputAsFloatArray: false);
        _ml.Data.SaveFeatureDataset(view, Path, new FeatureDatasetFileOptions { RowsPerBlock = 7 });
        var loaded = _ml.Data.LoadFeatureDataset(Path);
        var expected = RowValues.Read<byte>(view);
        var shuffled = RowValues.Read<byte>(loaded, new Random(1));
        var set = loaded.GetRowCursorSet(loaded.Schema, 3);
        var parts = new List<(uint Label, byte[] Features, ulong Id)>[set.Length];
        Parallel.For(0, set.Length, i => parts[i] = RowValues.Read<byte>(set[i]));
        foreach (var cursor in set)
            cursor.Dispose();

        Assert.True(loaded.CanShuffle);
        Assert.NotEqual(expected.Select(row => row.Id), shuffled.Select(row => row.Id));
        Assert.Equal(3, set.Length);
        AssertSame(expected, [.. shuffled.OrderBy(row => row.Id)]);
        AssertSame(expected, [.. parts.SelectMany(part => part).OrderBy(row => row.Id)]);
    }

    [Fact]
    public void Save_Progress_TellsBlocks()
    {
        var reports = new List<FeatureDatasetProgress>();
        var options = new FeatureDatasetFileOptions { RowsPerBlock = 8, Progress = new Reports(reports) };
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(20), Path, options);

        Assert.Equal([0L, 8, 16, 20], reports.Select(report => report.Rows));
        Assert.Equal([0, 0.4, 0.8, 1], reports.Select(report => report.Share!.Value));
    }

    [Fact]
    public void Load_OutOfUseCursor_SaysSo()
    {
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(3), Path);
        var loaded = _ml.Data.LoadFeatureDataset(Path);
        var cursor = loaded.GetRowCursor(loaded.Schema);
        var label = cursor.GetGetter<uint>(loaded.Schema["Label"]);
        uint key = 0;

        Assert.Throws<InvalidOperationException>(() => label(ref key));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(loaded.Schema["Label"]));
        cursor.Dispose();
        Assert.False(cursor.MoveNext());
        File.Delete(Path);
    }

    internal static FeatureDatasetFileOptions Said(Action<FeatureDatasetFileOptions>? change = null)
    {
        var options = new FeatureDatasetFileOptions
        {
            Kind = "ShiftedLabels",
            Parameters = new Dictionary<string, string> { ["seed"] = "3", ["steps"] = "10" },
            SourceDescription = "thirty digits",
            RowsPerBlock = 8,
        };
        change?.Invoke(options);
        return options;
    }

    private static string Describe(DataViewSchema.Column column) => $"{column.Name} {column.Type}";

    private static void AssertSame<T>(List<(uint Label, T[] Features, ulong Id)> expected,
        List<(uint Label, T[] Features, ulong Id)> actual)
    {
        Assert.Equal(expected.Select(row => (row.Label, row.Id)), actual.Select(row => (row.Label, row.Id)));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Features, pair.Second.Features));
    }

    private static SchemaDefinition SparseSchema()
    {
        var schema = SchemaDefinition.Create(typeof(Sparse));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 5);
        return schema;
    }

    private sealed class Reports(List<FeatureDatasetProgress> reports) : IProgress<FeatureDatasetProgress>
    {
        public void Report(FeatureDatasetProgress value) => reports.Add(value);
    }

    private sealed class Sparse
    {
        public float Label { get; set; }

        public VBuffer<float> Features { get; set; }
    }
}
