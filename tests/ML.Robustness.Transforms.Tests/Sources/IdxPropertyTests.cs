using CsCheck;
using Microsoft.ML;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Sources;

/// <summary>IDX files of random sizes and values, compressed or not.</summary>
public sealed class IdxPropertyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LoadFromIdx_GivesWhatTheFilesHold() => PropertyCheck.Holds(
        from rows in Gen.Int[1, 12]
        from height in Gen.Int[1, 6]
        from width in Gen.Int[1, 6]
        from values in Gen.Byte.Array[rows * height * width]
        from labels in Gen.Byte[0, 5].Array[rows]
        from compressed in Gen.Bool
        select (rows, height, width, values, labels, compressed), found =>
        {
            var ml = new MLContext(seed: 1);
            var images = _folder.Write("images", IdxFile.Content([found.rows, found.height, found.width], found.values),
                found.compressed);
            var labels = _folder.Write("labels", IdxFile.Content([found.rows], found.labels), found.compressed);
            var read = RowValues.Read<byte>(ml.Data.LoadFromIdx(images, labels, outputAsFloatArray: false));
            Assert.Equal(found.values, read.SelectMany(row => row.Features));
            Assert.Equal(found.labels.Select(label => label + 1u), read.Select(row => row.Label));
        }, count: 60);
}
