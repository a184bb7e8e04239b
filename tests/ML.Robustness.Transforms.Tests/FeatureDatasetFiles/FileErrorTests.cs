using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.FeatureDatasetFiles;

public sealed class FileErrorTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("set.bin");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_CutShortAnywhere_SaysSo()
    {
        var whole = Save();
        foreach (var length in Enumerable.Range(1, 60).Select(i => i * whole.Length / 60 - 1).Append(3))
        {
            File.WriteAllBytes(Path, whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFeatureDataset(Path));
            Assert.Contains("is not a whole feature data set", error.Message);
            Assert.Contains(Path, error.Message);
        }

        File.WriteAllBytes(Path, [.. whole, 0]);
        Assert.Contains("is not a whole feature data set",
            Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFeatureDataset(Path)).Message);
    }

    [Fact]
    public void Load_AnyByteAltered_IsFoundBeforeItsRowIsGiven()
    {
        var whole = Save();
        for (var i = 0; i < 200; i++)
        {
            var altered = whole.ToArray();
            altered[i * (whole.Length - 1) / 199] ^= 0x10;
            File.WriteAllBytes(Path, altered);
            Assert.Throws<InvalidDataException>(() => RowValues.Read<byte>(_ml.Data.LoadFeatureDataset(Path)));
            Assert.Throws<InvalidDataException>(() => RowValues.Read<byte>(_ml.Data.LoadFeatureDataset(Path), new Random(1)));
            Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFeatureDataset(Path).Verify());
        }
    }

    [Fact]
    public void Load_AlteredRow_NamesItsBlock_AndTheOthersCanBeRead()
    {
        var whole = Save();
        whole[^(FeatureDatasetHeader.TrailerLength + FeatureDatasetHeader.DigestLength + 10)] ^= 1;
        File.WriteAllBytes(Path, whole);
        var loaded = _ml.Data.LoadFeatureDataset(Path);

        Assert.Equal(16, _ml.Data.TakeRows(loaded, 16).GetColumn<uint>("Label").Count());
        Assert.Contains("rows 16 to 19 do not have the checksum",
            Assert.Throws<InvalidDataException>(() => loaded.GetColumn<uint>("Label").Count()).Message);
        Assert.Contains("rows 16 to 19", Assert.Throws<InvalidDataException>(() => loaded.Verify()).Message);
    }

    [Fact]
    public void Load_NewerFormat_SaysWhichIsRead()
    {
        var whole = Save();
        whole[8] = 2;
        File.WriteAllBytes(Path, whole);
        Assert.Contains("was written by another version of the library: it has format 2, and this one reads format 1",
            Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFeatureDataset(Path)).Message);
    }

    [Fact]
    public void Load_ForeignOrMissingFile_SaysSo()
    {
        File.WriteAllText(Path, "Label,Features\n1,2\n");
        Assert.Contains("is not the file of a feature data set",
            Assert.Throws<InvalidDataException>(() => _ml.Data.LoadFeatureDataset(Path)).Message);
        Assert.Contains("does not exist",
            Assert.Throws<FileNotFoundException>(() => _ml.Data.LoadFeatureDataset(_folder.PathOf("none.bin"))).Message);
        Assert.Throws<ArgumentException>(() => _ml.Data.LoadFeatureDataset(""));
    }

    [Fact]
    public void Save_ColumnsItCannotHold_SaysWhatItTakes()
    {
        var points = TwoDimensionalClasses.View(_ml);
        var digits = _ml.Data.GenerateDigits(3);
        Assert.Contains("Could not find column 'Label'. The columns are 'Kind'",
            Assert.Throws<ArgumentException>(() => _ml.Data.SaveFeatureDataset(points, Path)).Message);
        Assert.Contains("'Kind' is of type String: expected a Key<UInt32> or Single",
            Assert.Throws<ArgumentException>(() => _ml.Data.SaveFeatureDataset(points, Path, labelColumnName: "Kind")).Message);
        Assert.Contains("expected a vector of Single or Byte",
            Assert.Throws<ArgumentException>(
                () => _ml.Data.SaveFeatureDataset(digits, Path, featureColumnName: "Label")).Message);
        Assert.False(File.Exists(Path) || File.Exists(Path + ".partial"));
    }

    [Fact]
    public void Save_WhereNothingCanBeWritten_SaysSo()
    {
        var digits = _ml.Data.GenerateDigits(3);
        Assert.Contains("does not exist. Create it first",
            Assert.Throws<IOException>(() => _ml.Data.SaveFeatureDataset(digits, _folder.PathOf("none/set.bin"))).Message);
        Directory.CreateDirectory(Path);
        Assert.Contains("it is a folder", Assert.Throws<IOException>(() => _ml.Data.SaveFeatureDataset(digits, Path)).Message);
    }

    [Fact]
    public void Save_DataThatFails_LeavesTheOldFileAsItWas()
    {
        var whole = Save();
        var failing = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(row => new TwoDimensionalClasses.BytePoint
        {
            Features = row < 12 ? [1, 2, 3, 4] : throw new InvalidOperationException("no more"),
        }));

        Assert.Contains("no more",
            Assert.Throws<InvalidOperationException>(
                () => _ml.Data.SaveFeatureDataset(failing, Path, labelColumnName: "Number")).Message);
        Assert.Equal(whole, File.ReadAllBytes(Path));
        Assert.False(File.Exists(Path + ".partial"));
    }

    [Fact]
    public void Save_WhileAnotherWrites_SaysSo()
    {
        using var other = new FileStream(Path + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("it is being written by another run. Wait for the other run to end",
            Assert.Throws<IOException>(() => _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(3), Path)).Message);
    }

    [Fact]
    public void Load_AForgedManifestWithItsChecksums_IsReadOrRefused()
    {
        const int Prefix = 16, Digest = 32, Trailer = 8 + Digest;
        var whole = Save();
        var length = BitConverter.ToInt32(whole, Prefix - sizeof(int));
        var first = Prefix + length + Digest;
        foreach (var manifest in Mutations.All(whole[Prefix..(Prefix + length)]))
        {
            byte[] header = [.. whole[..(Prefix - sizeof(int))], .. BitConverter.GetBytes(manifest.Length), .. manifest];
            byte[] headerDigest = SHA256.HashData(header);
            // One block holds all rows.
            byte[] rest = whole[first..^Trailer];
            byte[] rows = whole[^Trailer..^Digest];
            File.WriteAllBytes(Path,
                [.. header, .. headerDigest, .. rest, .. rows,
                    .. SHA256.HashData([.. headerDigest, .. rest[^Digest..], .. rows])]);
            var allocated = Mutations.Allocated(() =>
            {
                try
                {
                    var file = _ml.Data.LoadFeatureDataset(Path);
                    using var cursor = file.GetRowCursor(file.Schema);
                    while (cursor.MoveNext())
                    {
                    }
                }
                catch (InvalidDataException error)
                {
                    Assert.StartsWith($"'{Path}' ", error.Message, StringComparison.Ordinal);
                }
            });
            Assert.InRange(allocated, 0, 64 << 20);
        }
    }

    [Fact]
    public void Save_BlocksLargerThanAnArray_SaysSo() => Assert.StartsWith(
        "a block of 2147483647 rows of 784 values is larger than",
        Assert.Throws<ArgumentException>(() => _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(3), Path,
            new FeatureDatasetFileOptions { RowsPerBlock = int.MaxValue })).Message, StringComparison.Ordinal);

    [Fact]
    public void Save_OnAFullDisk_NamesTheFile_AndLeavesNothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        File.CreateSymbolicLink(Path + ".partial", "/dev/full");
        Assert.StartsWith($"Cannot write '{Path}': ",
            Assert.Throws<IOException>(() => _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(3), Path)).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries($"{_folder}"));
    }

    private byte[] Save()
    {
        _ml.Data.SaveFeatureDataset(_ml.Data.GenerateDigits(20, seed: 1, outputAsFloatArray: false), Path, FileTests.Said());
        return File.ReadAllBytes(Path);
    }
}
