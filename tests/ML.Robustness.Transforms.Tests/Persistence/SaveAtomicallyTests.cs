using Microsoft.ML;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Persistence;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>Saving beside the old file, then renaming.</summary>
public sealed class SaveAtomicallyTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Saved_Loads_AndReplacesTheOldFile()
    {
        var path = _folder.Write("model.zip", [1, 2, 3]);
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        _ml.Model.SaveAtomically(classifier, TwoDimensionalClasses.Keyed(_ml).Schema, path);
        using var loaded = (NeuralClassifierTransformer)_ml.Model.Load(path, out _);
        Assert.Equal(TwoDimensionalClasses.Weights(classifier), TwoDimensionalClasses.Weights(loaded));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void AFailingModel_LeavesTheOldFileAsItWas()
    {
        var path = _folder.Write("model.zip", [1, 2, 3]);
        var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.SaveAtomically(classifier, null, path));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(-60)]
    [InlineData(-1)]
    public void AFullDisk_IsHeardOfWhereverItFillsUp(int room)
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        using var whole = new MemoryStream();
        _ml.Model.Save(classifier, null, whole);
        using var disk = new FullDisk(room < 0 ? whole.Length + room : room);
        var error = Assert.Throws<IOException>(
            () => AtomicZipFile.Write(disk, stream => _ml.Model.Save(classifier, null, stream)));
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeviceWithoutRoom_IsAnErrorThatNamesTheFile()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var path = _folder.Write("model.zip", [1, 2, 3]);
        File.CreateSymbolicLink(path + ".partial", "/dev/full");
        var error = Assert.Throws<IOException>(() => _ml.Model.SaveAtomically(classifier, null, path));
        Assert.StartsWith($"Cannot write '{path}':", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void AFolderThatIsNotThere_IsAnErrorThatNamesTheFile()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var path = _folder.PathOf("absent/model.zip");
        var error = Assert.Throws<IOException>(() => _ml.Model.SaveAtomically(classifier, null, path));
        Assert.StartsWith($"Cannot write '{path}':", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Takes a number of bytes and no more.</summary>
    private sealed class FullDisk(long room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > room)
                throw new IOException("No space left on device");
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);
    }
}
