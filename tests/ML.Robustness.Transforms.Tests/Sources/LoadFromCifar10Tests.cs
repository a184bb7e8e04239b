using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Sources;

public sealed class LoadFromCifar10Tests : IDisposable
{
    private const int RecordLength = 3073;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Load_TwoFiles_GivesTheRowsOfBoth(bool firstCompressed, bool secondCompressed)
    {
        var view = _ml.Data.LoadFromCifar10(_folder.Write("a.bin", Records(8, 0), firstCompressed),
            _folder.Write("b.bin", Records(9, 3, 3), secondCompressed));

        Assert.Equal("Vector<Single, 3, 32, 32>", view.Schema["Features"].Type.ToString());
        Assert.Equal("Key<UInt32, 0-9>", view.Schema["Label"].Type.ToString());
        Assert.Equal(5, view.GetRowCount());
        Assert.Equal(!firstCompressed && !secondCompressed, view.CanShuffle);
        var rows = RowValues.Read<float>(view);
        Assert.Equal([9u, 1u, 10u, 4u, 4u], rows.Select(row => row.Label));
        for (var row = 0; row < 5; row++)
            Assert.Equal(Enumerable.Range(0, RecordLength - 1).Select(i => Value(row < 2 ? row : row - 2, i) / 255f),
                rows[row].Features);
    }

    [Fact]
    public void Load_DamagedCompressedFiles_GiveTheSameRowsOrAnError()
    {
        var path = _folder.Write("a.bin", Records(5, 6), compressed: true);
        var whole = File.ReadAllBytes(path);
        var refused = 0;
        foreach (var damaged in Mutations.Flipped(whole).Concat(Mutations.Cut(whole)))
        {
            File.WriteAllBytes(path, damaged);
            try
            {
                var rows = RowValues.Read<byte>(_ml.Data.LoadFromCifar10([path], outputAsFloatArray: false));
                Assert.Equal([6u, 7u], rows.Select(row => row.Label));
                Assert.Equal(Enumerable.Range(0, RecordLength - 1).Select(i => Value(1, i)), rows[1].Features);
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith($"'{path}' ", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 230, 250);
    }

    [Fact]
    public void Load_AsBytes_GivesPlanes()
    {
        var view = _ml.Data.LoadFromCifar10([_folder.Write("a.bin", Records(5))], outputAsFloatArray: false);

        Assert.Equal("Vector<Byte, 3, 32, 32>", view.Schema["Features"].Type.ToString());
        Assert.Equal(Enumerable.Range(0, RecordLength - 1).Select(i => Value(0, i)), RowValues.Read<byte>(view)[0].Features);
    }

    [Fact]
    public void MapKeyToValue_OnLabel_GivesNames()
    {
        var view = _ml.Data.LoadFromCifar10(_folder.Write("a.bin", Records(0, 9, 6)));
        var mapped = _ml.Transforms.Conversion.MapKeyToValue("Name", "Label").Fit(view).Transform(view);

        Assert.Equal(["airplane", "truck", "frog"], mapped.GetColumn<string>("Name"));
    }

    [Fact]
    public void GetRowCursor_Shuffled_GivesEachRowOnceAcrossFiles()
    {
        var view = _ml.Data.LoadFromCifar10(_folder.Write("a.bin", Records(0, 1, 2, 3, 4)),
            _folder.Write("b.bin", Records(5, 6, 7, 8, 9)));

        var rows = RowValues.Read<float>(view, new Random(3));

        Assert.NotEqual(Enumerable.Range(1, 10), rows.Select(row => (int)row.Label));
        Assert.Equal(Enumerable.Range(1, 10), rows.Select(row => (int)row.Label).Order());
        Assert.All(rows, row => Assert.Equal(row.Id + 1, row.Label));
        Assert.All(rows, row => Assert.Equal(Value((int)row.Id % 5, 77) / 255f, row.Features[77]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_NotWholeRecords_TellsLengths(bool compressed)
    {
        var path = _folder.Write("a.bin", Records(1, 2)[..^1], compressed);

        var error = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFromCifar10(path));

        Assert.Contains("expected a multiple of 3073 bytes, got 6145", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoneEmptyOrMissing_TellsWhatToDo()
    {
        Assert.Throws<ArgumentException>(() => _ml.Data.LoadFromCifar10());
        Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFromCifar10(_folder.Write("empty.bin", [])));
        Assert.Throws<FileNotFoundException>(() => _ml.Data.LoadFromCifar10(_folder.PathOf("absent.bin")));
    }

    [Fact]
    public void ForeignLabel_IsNamed_AtLoadWhenCompressedElseWhenRead()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => _ml.Data.LoadFromCifar10(_folder.Write("a.gz", Records(1, 10), compressed: true)));
        Assert.Contains("has label 10 in record 1: expected 0 to 9", error.Message, StringComparison.Ordinal);

        var view = _ml.Data.LoadFromCifar10(_folder.Write("a.bin", Records(1, 2)), _folder.Write("b.bin", Records(1, 10)));
        error = Assert.Throws<InvalidDataException>(() => RowValues.Read<float>(view));
        Assert.StartsWith($"'{_folder.PathOf("b.bin")}' has label 10 in record 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SharedSubset_HasTwoHundredRowsAClass()
    {
        var view = _ml.Data.LoadFromCifar10(Path.Combine(SharedData.FolderOrSkip("cifar10"), "cifar10_jpeg_test_2000.bin.gz"));

        var labels = view.GetColumn<uint>("Label").ToList();

        Assert.Equal(2000, view.GetRowCount());
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (uint)(i % 10) + 1), labels);
    }

    private static byte Value(int record, int position) => (byte)(31 * record + 7 * position + position / 1024);

    private static byte[] Records(params byte[] labels) =>
        [
            .. labels.SelectMany(
                (label, record) => Enumerable.Range(0, RecordLength - 1).Select(i => Value(record, i)).Prepend(label))];
}
