using CsCheck;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.Imaging;

namespace ML.Robustness.Transforms.Tests.FeatureDatasetFiles;

/// <summary>Files of random rows and blocks: what is read is what was written, and every flipped bit is noticed.</summary>
public sealed class FilePropertyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    private static readonly Gen<(int Length, float[][] Rows, int RowsPerBlock)> Cases =
        from length in Gen.Int[1, 6]
        from rows in Gen.Float[-2, 2].Array[length].Array[1, 30]
        from perBlock in Gen.Int[1, 9]
        select (length, rows, perBlock);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_GivesWhatWasSaved() => PropertyCheck.Holds(Cases, found =>
        Assert.Equal(ContentDigest.Of(View(found)), ContentDigest.Of(_ml.Data.LoadFeatureDataset(Save(found)))), count: 60);

    [Fact]
    public void Load_OfAFlippedBit_Throws() => PropertyCheck.Holds(Gen.Select(Cases, Gen.Int[0, int.MaxValue]), both =>
    {
        var (found, place) = both;
        var path = Save(found);
        var bytes = File.ReadAllBytes(path);
        bytes[place / 8 % bytes.Length] ^= (byte)(1 << place % 8);
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InvalidDataException>(() => ContentDigest.Of(_ml.Data.LoadFeatureDataset(path)));
    }, count: 100);

    private static ImageView View((int Length, float[][] Rows, int RowsPerBlock) found) => new(
        ImageViewColumn.Vectors("Features", found.Rows, InputShape.Vector(found.Length)),
        ImageViewColumn.Numbers("Label", [.. found.Rows.Select((_, row) => row % 2f)]));

    private string Save((int Length, float[][] Rows, int RowsPerBlock) found)
    {
        var path = _folder.PathOf("file");
        _ml.Data.SaveFeatureDataset(View(found), path, new FeatureDatasetFileOptions { RowsPerBlock = found.RowsPerBlock });
        return path;
    }
}
