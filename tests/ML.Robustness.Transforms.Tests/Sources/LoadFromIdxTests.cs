using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Sources;

public sealed class LoadFromIdxTests : IDisposable
{
    // Three images of 2 × 3 pixels.
    private static readonly byte[] Pixels = [0, 1, 2, 3, 4, 255, 10, 20, 30, 40, 50, 60, 7, 7, 7, 8, 8, 8];
    private static readonly byte[] Labels = [2, 0, 4];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_WrittenFiles_GivesTheirRows(bool compressed)
    {
        var view = Load(compressed);

        Assert.Equal("Vector<Single, 1, 2, 3>", view.Schema["Features"].Type.ToString());
        Assert.Equal("Key<UInt32, 0-4>", view.Schema["Label"].Type.ToString());
        Assert.Equal(3, view.GetRowCount());
        Assert.Equal(!compressed, view.CanShuffle);
        Assert.Equal([0u, 1u, 2u, 3u, 4u], RowValues.KeyValues<uint>(view));
        var rows = RowValues.Read<float>(view);
        Assert.Equal([3u, 1u, 5u], rows.Select(row => row.Label));
        Assert.Equal([0ul, 1ul, 2ul], rows.Select(row => row.Id));
        Assert.Equal(Pixels.Select(value => value / 255f), rows.SelectMany(row => row.Features));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_AsBytes_GivesTheBytesOfTheFile(bool compressed)
    {
        var view = Load(compressed, outputAsFloatArray: false);

        Assert.Equal("Vector<Byte, 1, 2, 3>", view.Schema["Features"].Type.ToString());
        Assert.Equal(Pixels, RowValues.Read<byte>(view).SelectMany(row => row.Features));
        Assert.Equal(Pixels, RowValues.Read<byte>(view).SelectMany(row => row.Features)); // a second pass starts anew
    }

    [Fact]
    public void MapKeyToValue_OnLabel_GivesClassNumbers()
    {
        var view = Load();
        var mapped = _ml.Transforms.Conversion.MapKeyToValue("Number", "Label").Fit(view).Transform(view);

        Assert.Equal([2u, 0u, 4u], mapped.GetColumn<uint>("Number"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GetRowCursor_LabelOnly_ReadsNoPixels(bool compressed)
    {
        var view = Load(compressed);
        File.Delete(_folder.PathOf("images"));
        using var cursor = view.GetRowCursor([view.Schema["Label"]]);
        var getter = cursor.GetGetter<uint>(view.Schema["Label"]);
        uint label = 0;

        Assert.True(cursor.MoveNext());
        getter(ref label);
        Assert.Equal(3u, label);
        Assert.False(cursor.IsColumnActive(view.Schema["Features"]));
        Assert.Throws<ArgumentException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]));
    }

    [Fact]
    public void GetRowCursor_FeaturesOfEverySecondRow_SkipsInACompressedFile()
    {
        var view = Load(compressed: true);
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        VBuffer<float> values = default;
        Assert.True(cursor.MoveNext() && cursor.MoveNext() && cursor.MoveNext());

        getter(ref values);

        Assert.Equal(8 / 255f, values.GetItemOrDefault(5));
    }

    [Fact]
    public void GetRowCursor_OutsideARow_Throws()
    {
        var view = Load();
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetGetter<uint>(view.Schema["Label"]);
        uint label = 0;

        Assert.Equal(-1, cursor.Position);
        Assert.Throws<InvalidOperationException>(() => getter(ref label));
        while (cursor.MoveNext())
            getter(ref label);
        Assert.Equal(-1, cursor.Position);
        Assert.Throws<InvalidOperationException>(() => getter(ref label));
        Assert.False(cursor.MoveNext());
        Assert.Contains("VBuffer`1[System.Single]",
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Features"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFile_TellsWhich()
    {
        var labels = WriteLabels();
        var error = Assert.Throws<FileNotFoundException>(() => _ml.Data.LoadFromIdx(_folder.PathOf("absent"), labels));

        Assert.StartsWith($"The image file '{_folder.PathOf("absent")}' does not exist.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ForeignFile_TellsExpectedAndFoundStart()
    {
        var path = _folder.Write("images", "P5 28 28"u8.ToArray());

        AssertInvalid("is not an IDX file: expected it to start with 00 00 08 03, got 50 35 20 32", path, WriteLabels());
        AssertInvalid("got nothing", _folder.Write("empty", []), WriteLabels());
    }

    [Fact]
    public void Load_FilesSwapped_SaysSo()
    {
        AssertInvalid("00 00 08 03, got 00 00 08 01. Are the image file and the label file the right way round?", WriteLabels(),
            WriteImages());
    }

    [Fact]
    public void Load_LabelsOfIntegers_TellsTheType()
    {
        AssertInvalid("00 00 08 01, got 00 00 0C 01", WriteImages(),
            _folder.Write("labels", IdxFile.Content([3], new byte[12], type: 0x0c)));
    }

    [Theory]
    [InlineData(0x0d, 1, "32-bit floating-point numbers in 1 dimension. Label files with several numbers a row")]
    [InlineData(0x0c, 2, "32-bit integers in 2 dimensions. Label files with several numbers a row, as QMNIST's")]
    [InlineData(0x08, 2, "unsigned bytes in 2 dimensions. Label files with several numbers a row, as QMNIST's")]
    public void Load_LabelsOfAnotherKind_NamesIt(byte type, int dimensions, string expected)
    {
        int[] sizes = [3, .. Enumerable.Repeat(8, dimensions - 1)];
        AssertInvalid(expected, WriteImages(), _folder.Write("labels", IdxFile.Content(sizes, new byte[96], type: type)));
    }

    [Theory]
    [InlineData(false, int.MaxValue)]
    [InlineData(true, int.MaxValue)]
    [InlineData(false, 1_000_000_000)]
    [InlineData(true, 1_000_000_000)]
    public void Load_HeaderThatClaimsFarMore_IsCutShort_WithoutAllocatingIt(bool compressed, int rows)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertInvalid("images' is cut short", _folder.Write("images", IdxFile.Content([rows, 2, 3], Pixels), compressed),
            WriteLabels());
        AssertInvalid("labels' is cut short", WriteImages(),
            _folder.Write("labels", IdxFile.Content([rows], Labels), compressed));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Load_CompressedFilesThatAreTooLong_IsRefusedAsForPlainOnes()
    {
        AssertInvalid("images' is too long: its header asks for 34 bytes, but it has more.",
            _folder.Write("images", [.. IdxFile.Content([3, 2, 3], Pixels), 9], compressed: true), WriteLabels());
        AssertInvalid("labels' is too long: its header asks for 11 bytes, but it has more.", WriteImages(),
            _folder.Write("labels", [.. IdxFile.Content([3], Labels), 9], compressed: true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_Transposed_TurnsEachImage(bool compressed)
    {
        var view = _ml.Data.LoadFromIdx(
            _folder.Write("images", IdxFile.Content([3, 2, 3], Pixels), compressed), WriteLabels(), false, transposed: true);

        Assert.Equal("Vector<Byte, 1, 3, 2>", view.Schema["Features"].Type.ToString());
        byte[] turned = [0, 3, 1, 4, 2, 255, 10, 40, 20, 50, 30, 60, 7, 8, 7, 8, 7, 8];
        Assert.Equal(turned, RowValues.Read<byte>(view).SelectMany(row => row.Features));
        Assert.Equal(turned, RowValues.Read<byte>(view).SelectMany(row => row.Features));
    }

    [Fact]
    public void Load_CountsDiffer_TellsBoth()
    {
        AssertInvalid("has 3 images but", WriteImages(), _folder.Write("labels", IdxFile.Content([2], [0, 1])));
    }

    [Theory]
    [InlineData(-1, "is cut short: its header asks for 34 bytes, but it has 33")]
    [InlineData(1, "is too long: its header asks for 34 bytes, but it has 35")]
    public void Load_WrongLength_TellsBoth(int difference, string expected)
    {
        var bytes = IdxFile.Content([3, 2, 3], Pixels);
        Array.Resize(ref bytes, bytes.Length + difference);

        AssertInvalid(expected, _folder.Write("images", bytes), WriteLabels());
    }

    [Fact]
    public void Load_HeaderOrLabelsCutShort_TellsHowMany()
    {
        AssertInvalid("expected a header of 16 bytes, got 7", _folder.Write("images", IdxFile.Content([3, 2, 3], [])[..7]),
            WriteLabels());
        AssertInvalid("its header asks for 11 bytes, but it has 9", WriteImages(),
            _folder.Write("labels", IdxFile.Content([3], [1]), compressed: true));
    }

    [Fact]
    public void Load_CompressedImagesCutShort_TellsHowMany() =>
        AssertInvalid("is cut short: its header asks for 34 bytes, but it has 30. Fetch the file again.",
            _folder.Write("images", IdxFile.Content([3, 2, 3], Pixels[..14]), compressed: true), WriteLabels());

    [Fact]
    public void Read_ACompressedFileThatWasReplacedByAShorterOne_TellsTheRecord()
    {
        var view = Load(compressed: true);
        _folder.Write("images", IdxFile.Content([3, 2, 3], Pixels[..14]), compressed: true);

        var error = Assert.Throws<InvalidDataException>(() => RowValues.Read<float>(view));

        Assert.EndsWith("is cut short: expected 3 records of 6 bytes, but record 2 is not whole. Fetch the file again.",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CompressedFilesWithOneBitTurnedOver_GiveTheSameRowsOrAnError()
    {
        byte[] pixels = [.. Enumerable.Range(0, 600).Select(i => (byte)(i * i / 7))];
        var labels = _folder.Write("labels", IdxFile.Content([100], new byte[100]));
        var path = _folder.Write("images", IdxFile.Content([100, 2, 3], pixels), compressed: true);
        var whole = File.ReadAllBytes(path);
        var refused = 0;
        foreach (var damaged in Mutations.Flipped(whole))
        {
            File.WriteAllBytes(path, damaged);
            try
            {
                // The header of gzip has bits without a meaning, such as those of the time.
                Assert.Equal(pixels,
                    RowValues.Read<byte>(_ml.Data.LoadFromIdx(path, labels, false)).SelectMany(row => row.Features));
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith($"'{path}' is ", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 180, 200);
    }

    [Fact]
    public void Load_CompressedFilesCutByAnyNumberOfBytes_AreRefused()
    {
        var (images, labels) = (WriteImages(compressed: true), WriteLabels());
        var whole = File.ReadAllBytes(images);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(images, whole[..length]);
            Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFromIdx(images, labels));
        }

        File.WriteAllBytes(images, [.. whole, 0]);
        AssertInvalid("is damaged or cut short", images, labels);
    }

    [Fact]
    public void Load_ALabelFileOfFewBytesThatUnpacksToGigabytes_IsRefused_WithoutAllocatingIt()
    {
        // 2.1 G images of one pixel would take 2 MB, packed, and twice their number in memory.
        byte[] Packed(int[] sizes) => IdxFile.Content(sizes, new byte[1 << 20]);
        var allocated = Mutations.Allocated(() => AssertInvalid("images' ",
            _folder.Write("images", Packed([70_000_000, 1, 1]), compressed: true),
            _folder.Write("labels", Packed([70_000_000]), compressed: true)));
        Assert.InRange(allocated, 0, 16 << 20);
    }

    [Fact]
    public void Read_GzipFileTorn_NamesTheFile()
    {
        var path = _folder.Write("images",
            IdxFile.Content([1000, 2, 3], [.. Enumerable.Range(0, 6000).Select(i => (byte)(i * i))]), compressed: true);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..200]);
        var labels = _folder.Write("labels", IdxFile.Content([1000], new byte[1000]));

        var error = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFromIdx(path, labels));

        Assert.StartsWith($"'{path}' is ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Fetch the file again.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FashionMnist_HasItsRowsAndMean()
    {
        var folder = SharedData.FolderOrSkip("fashion-mnist");
        var view = _ml.Data.LoadFromIdx(Path.Combine(folder, "t10k-images-idx3-ubyte.gz"),
            Path.Combine(folder, "t10k-labels-idx1-ubyte.gz"));

        var rows = RowValues.Read<float>(view);

        Assert.Equal(10000, rows.Count);
        Assert.Equal("Key<UInt32, 0-9>", view.Schema["Label"].Type.ToString());
        Assert.All(rows.CountBy(row => row.Label), group => Assert.Equal(1000, group.Value));
        Assert.Equal(0.2868, rows.Average(row => row.Features.Average(x => (double)x)),
            3); // the mean that the field normalises by: 0.2860 on the training rows
        Assert.Equal([10u, 3u, 2u, 2u, 7u],
            rows.Take(5).Select(row => row.Label)); // ankle boot, pullover, trouser, trouser, shirt
    }

    private IDataView Load(bool compressed = false, bool outputAsFloatArray = true) =>
        _ml.Data.LoadFromIdx(WriteImages(compressed), WriteLabels(compressed), outputAsFloatArray);

    private string WriteImages(bool compressed = false) =>
        _folder.Write("images", IdxFile.Content([3, 2, 3], Pixels), compressed);

    private string WriteLabels(bool compressed = false) => _folder.Write("labels", IdxFile.Content([3], Labels), compressed);

    private void AssertInvalid(string expected, string images, string labels) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFromIdx(images, labels)).Message,
            StringComparison.Ordinal);
}
