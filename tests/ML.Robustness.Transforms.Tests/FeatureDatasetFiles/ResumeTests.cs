using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.FeatureDatasetFiles;

public sealed class ResumeTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("set.bin");

    private string Partial => Path + ".partial";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(29)]
    public void Save_CancelledAndCalledAgain_GivesTheFileOfAnUnbrokenCall_WithoutReadingFinishedRows(int rows)
    {
        var view = _ml.Data.GenerateDigits(30, seed: 2);
        var unbroken = _folder.PathOf("unbroken.bin");
        _ml.Data.SaveFeatureDataset(view, unbroken, FileTests.Said());

        using var cancellation = new CancellationTokenSource();
        var first = new CountedView(view) { OnRow = row => { if (row == rows) cancellation.Cancel(); } };
        Assert.Throws<OperationCanceledException>(
            () => _ml.Data.SaveFeatureDataset(first, Path,
                FileTests.Said(options => options.CancellationToken = cancellation.Token)));
        Assert.False(File.Exists(Path));
        Assert.True(File.Exists(Partial));

        var second = new CountedView(view);
        _ml.Data.SaveFeatureDataset(second, Path, FileTests.Said());
        Assert.Equal(Enumerable.Range(0, 30).Skip(rows / 8 * 8), second.Asked);
        Assert.Equal(File.ReadAllBytes(unbroken), File.ReadAllBytes(Path));
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public void Save_KilledAnywhere_GoesOnToTheSameFile()
    {
        var view = _ml.Data.GenerateDigits(20, seed: 2, outputAsFloatArray: false);
        _ml.Data.SaveFeatureDataset(view, Path, FileTests.Said());
        var whole = File.ReadAllBytes(Path);

        // What a process leaves when it is ended: the file up to any byte, or with a block that never reached the disk.
        foreach (var length in Enumerable.Range(0, 40).Select(i => i * whole.Length / 40).Append(whole.Length - 1)
            .Append(whole.Length))
        {
            File.WriteAllBytes(Partial, whole[..length]);
            _ml.Data.SaveFeatureDataset(view, Path, FileTests.Said());
            Assert.Equal(whole, File.ReadAllBytes(Path));
        }

        var torn = whole.ToArray();
        torn.AsSpan(whole.Length / 2, 100).Clear();
        File.WriteAllBytes(Partial, torn);
        _ml.Data.SaveFeatureDataset(view, Path, FileTests.Said());
        Assert.Equal(whole, File.ReadAllBytes(Path));
    }

    [Fact]
    public void Save_ResumedOverALazyStep_ComputesNoFinishedRow()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml);
        var lazy = _ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options
        {
            OutputColumnName = "Features",
            Classifier = classifier,
            Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 3 },
            BatchSize = 8,
        });
        var calls = 0;
        var hook = classifier.Network.register_forward_hook((_, _, output) =>
        {
            calls++;
            return output;
        });
        var view = lazy.Fit(TwoDimensionalClasses.Keyed(_ml, 40)).Transform(TwoDimensionalClasses.Keyed(_ml, 40));
        _ml.Data.SaveFeatureDataset(view, Path, FileTests.Said());
        var (whole, callsForAll) = (File.ReadAllBytes(Path), calls);

        // Four of five blocks are there.
        File.WriteAllBytes(Partial, whole[..^(FeatureDatasetHeader.TrailerLength + 1)]);
        calls = 0;
        _ml.Data.SaveFeatureDataset(view, Path, FileTests.Said());
        Assert.Equal(whole, File.ReadAllBytes(Path));
        Assert.Equal(callsForAll, 5 * calls);
        hook.remove();
    }

    [Theory]
    [InlineData("kind is Robust here, ShiftedLabels there")]
    [InlineData("parameter steps is 11 here, 10 there")]
    [InlineData("parameter ball is L2 here, absent there")]
    [InlineData("source is other digits here, thirty digits there")]
    [InlineData("source checksum is ")]
    [InlineData("features is Features Vector<Byte, 1, 28, 28> here, Features Vector<Single, 1, 28, 28> there")]
    [InlineData("rows a block is 4 here, 8 there")]
    public void Save_OverThePartialOfAnother_NamesWhatDiffers(string expected)
    {
        Interrupt();
        var partial = File.ReadAllBytes(Partial);
        var options = FileTests.Said(options =>
        {
            switch (expected.Split(" is ")[0])
            {
                case "kind": options.Kind = "Robust"; break;
                case "parameter steps":
                    options.Parameters = new Dictionary<string, string>
                    {
                        ["seed"] = "3",
                        ["steps"] = "11"
                    }; break;
                case "parameter ball":
                    options.Parameters = new Dictionary<string, string>
                    {
                        ["seed"] = "3",
                        ["steps"] = "10",
                        ["ball"] = "L2"
                    }; break;
                case "source": options.SourceDescription = "other digits"; break;
                case "source checksum": options.Source = _ml.Data.GenerateDigits(30, seed: 2); break;
                case "rows a block": options.RowsPerBlock = 4; break;
            }
        });
        var view = _ml.Data.GenerateDigits(30, seed: 2,
            outputAsFloatArray: !expected.StartsWith("features", StringComparison.Ordinal));

        var error = Assert.Throws<InvalidOperationException>(() => _ml.Data.SaveFeatureDataset(view, Path, options));
        Assert.Contains(expected, error.Message);
        Assert.Equal(partial, File.ReadAllBytes(Partial));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void Save_OverAPartialOfMoreRows_SaysSo()
    {
        Interrupt();
        Assert.Contains("ends after 5 rows, but", Assert.Throws<InvalidOperationException>(() =>
            _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(5, seed: 2), Path, FileTests.Said())).Message);
    }

    [Fact]
    public void Save_OverAForeignPartial_LeavesItAlone()
    {
        File.WriteAllText(Partial, "the letters of a user");
        Assert.Contains("is not the file of a feature data set", Assert.Throws<InvalidDataException>(() =>
            _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(5), Path, FileTests.Said())).Message);
        Assert.Equal("the letters of a user", File.ReadAllText(Partial));
    }

    [Fact]
    public void Save_WithoutResumeOrAnythingSaid_StartsFromTheFirstRow_AndLeavesNothingBehind()
    {
        var view = _ml.Data.GenerateDigits(30, seed: 2);
        foreach (var options in new[] { FileTests.Said(options => options.Resume = false),
            new FeatureDatasetFileOptions { RowsPerBlock = 8 } })
        {
            Interrupt();
            var all = new CountedView(view);
            _ml.Data.SaveFeatureDataset(all, Path, options);
            Assert.Equal(30, all.Asked.Count);

            using var cancellation = new CancellationTokenSource();
            options.CancellationToken = cancellation.Token;
            var cancelled = new CountedView(view) { OnRow = row => { if (row == 20) cancellation.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => _ml.Data.SaveFeatureDataset(cancelled, Path, options));
            Assert.False(File.Exists(Partial));
            Assert.Equal(30, _ml.Data.LoadFeatureDataset(Path).GetRowCount());
        }
    }

    [Fact]
    public void Save_KeepFinished_WritesOnlyWhatIsNotThere()
    {
        var view = _ml.Data.GenerateDigits(30, seed: 2);
        List<int> AskedBy(FeatureDatasetFileOptions options)
        {
            var counted = new CountedView(view);
            _ml.Data.SaveFeatureDataset(counted, Path, options);
            return counted.Asked;
        }

        var kept = FileTests.Said(options => options.KeepFinished = true);
        Assert.Equal(30, AskedBy(kept).Count);
        var whole = File.ReadAllBytes(Path);
        Assert.Empty(AskedBy(kept));
        Assert.Equal(30, AskedBy(FileTests.Said()).Count);
        Assert.Equal(30, AskedBy(FileTests.Said(options => (options.KeepFinished, options.Kind) = (true, "Robust"))).Count);
        Assert.Equal(30, AskedBy(new FeatureDatasetFileOptions { KeepFinished = true }).Count);

        whole[whole.Length / 2] ^= 1;
        File.WriteAllBytes(Path, whole);
        Assert.Equal(30, AskedBy(kept).Count);
    }

    private void Interrupt()
    {
        using var cancellation = new CancellationTokenSource();
        var view = new CountedView(
            _ml.Data.GenerateDigits(30, seed: 2))
        { OnRow = row => { if (row == 17) cancellation.Cancel(); } };
        Assert.Throws<OperationCanceledException>(
            () => _ml.Data.SaveFeatureDataset(view, Path,
                FileTests.Said(options => options.CancellationToken = cancellation.Token)));
    }

    /// <summary>Notes the rows whose features are asked for.</summary>
    private sealed class CountedView(IDataView inner) : IDataView
    {
        public List<int> Asked { get; } = [];

        public Action<int>? OnRow { get; init; }

        public DataViewSchema Schema => inner.Schema;

        public bool CanShuffle => false;

        public long? GetRowCount() => null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new Cursor(this, inner.GetRowCursor(columnsNeeded));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n,
            Random? rand = null) => [GetRowCursor(columnsNeeded)];

        private sealed class Cursor(CountedView view, DataViewRowCursor inner) : DataViewRowCursor
        {
            public override DataViewSchema Schema => inner.Schema;

            public override long Position => inner.Position;

            public override long Batch => inner.Batch;

            public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

            public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

            public override bool MoveNext() => inner.MoveNext();

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            {
                var getter = inner.GetGetter<TValue>(column);
                return column.Name != "Features" ? getter : (ref TValue value) =>
                {
                    view.Asked.Add((int)inner.Position);
                    view.OnRow?.Invoke((int)inner.Position);
                    getter(ref value);
                };
            }

            protected override void Dispose(bool disposing)
            {
                inner.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
