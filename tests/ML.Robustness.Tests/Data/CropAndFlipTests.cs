using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Data;

public class CropAndFlipTests
{
    private const int Rows = 64, Channels = 2, Height = 5, Width = 7;

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public void Apply_GivesExactlyShiftedAndMirroredPixels(int padding, bool flip)
    {
        using var scope = NewDisposeScope();
        var inputs = arange(1, 1 + Rows * Channels * Height * Width, ScalarType.Float32).view(Rows, Channels, Height, Width);
        var outputs = new CropAndFlip { Padding = padding, Flip = flip }.Apply(inputs, new RowRandom(5));
        Assert.Equal(inputs.shape, outputs.shape);

        var found = new HashSet<(int, int, bool)>();
        for (var row = 0; row < Rows; row++)
            found.Add(FindMove(Pixels(inputs, row), Pixels(outputs, row), padding, flip));
        var possible = (2 * padding + 1) * (2 * padding + 1) * (flip ? 2 : 1);
        Assert.True(found.Count >= Math.Min(possible, 8), $"Only {found.Count} different moves of {possible}.");
    }

    [Fact]
    public void Apply_SameRandomNumbers_GivesTheSameWhateverTheBatch()
    {
        using var scope = NewDisposeScope();
        var inputs = rand(8, 1, 6, 6, generator: new Generator(1));
        var augmentation = new CropAndFlip();
        var all = augmentation.Apply(inputs, new RowRandom(9));
        var one = augmentation.Apply(inputs.narrow(0, 3, 1), new RowRandom(9, firstRow: 3));
        Assert.Equal(Pixels(all, 3), Pixels(one, 0));
        Assert.False(all.bytes.SequenceEqual(augmentation.Apply(inputs, new RowRandom(10)).bytes));
    }

    [Fact]
    public void Apply_LeavesInputsAndNothingElse()
    {
        using var inputs = rand(8, 1, 6, 6, generator: new Generator(1));
        using var copy = inputs.clone();
        var before = LiveTensors.Count();
        new CropAndFlip().Apply(inputs, new RowRandom(0)).Dispose();
        LiveTensors.AssertNoMoreThan(before);
        Assert.True(inputs.bytes.SequenceEqual(copy.bytes));
    }

    [Fact]
    public void Apply_Vectors_Throws()
    {
        using var inputs = zeros(4, 9);
        var error = Assert.Throws<ArgumentException>(() => new CropAndFlip().Apply(inputs, new RowRandom(0)));
        Assert.Equal("CropAndFlip moves the pixels of images (N, C, H, W), but the inputs are [4, 9]. (Parameter 'inputs')",
            error.Message);
    }

    [Fact]
    public void Padding_Negative_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new CropAndFlip { Padding = -1 });

    private static float[] Pixels(Tensor images, int row) => images.select(0, row).contiguous().data<float>().ToArray();

    private static (int Down, int Across, bool Flipped) FindMove(float[] before, float[] after, int padding, bool flip)
    {
        for (var down = -padding; down <= padding; down++)
            for (var across = -padding; across <= padding; across++)
                foreach (var flipped in flip ? new[] { false, true } : [false])
                    if (Moved(before, down, across, flipped).SequenceEqual(after)) return (down, across, flipped);
        throw new Xunit.Sdk.XunitException("No shift and mirror within the padding gives these pixels.");
    }

    private static IEnumerable<float> Moved(float[] image, int down, int across, bool flipped)
    {
        for (var channel = 0; channel < Channels; channel++)
            for (var y = 0; y < Height; y++)
                for (var x = 0; x < Width; x++)
                {
                    var (fromY, fromX) = (y + down, (flipped ? Width - 1 - x : x) + across);
                    yield return fromY is >= 0 and < Height && fromX is >= 0 and < Width
                        ? image[(channel * Height + fromY) * Width + fromX] : 0;
                }
    }
}
