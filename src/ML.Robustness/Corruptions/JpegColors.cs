using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>
/// The conversion of RGB bytes to YCbCr (JFIF) with chroma at half size, in the integers of the Independent JPEG Group's library.
/// </summary>
internal static class JpegColors
{
    private const double Unit = 1 << 16, Middle = 128;
    private const int Block = 8;

    private static readonly double[] Forward = [19595, 38470, 7471, -11059, -21709, 32768, 32768, -27439, -5329];

    // Rounds to the nearest; the middle of the colours is 128, and halves of theirs go down.
    private static readonly double[] ForwardOffset = [32768, Middle * Unit + 32767, Middle * Unit + 32767];

    private static readonly double[] Back = [0, 91881, -22554, -46802, 116130, 0];

    /// <summary>The least width of chroma planes that are upsampled smoothly.</summary>
    private const long SmoothFrom = 3;

    internal static Tensor FromRgb(Tensor bytes)
    {
        using var scope = NewDisposeScope();
        var matrix = AlignedTensor.Of(Forward).view(3, 3).to(bytes.device);
        return matrix.matmul(bytes.flatten(2)).add_(tensor(ForwardOffset, device: CPU).view(3, 1).to(bytes.device), One)
            .div_(Kept(Unit))
            .floor_()
            .view(bytes.shape).MoveToOuterDisposeScope();
    }

    internal static Tensor ToRgb(Tensor planes)
    {
        using var scope = NewDisposeScope();
        var (light, colors) = (planes.narrow(1, 0, 1), planes.narrow(1, 1, 2));
        var matrix = AlignedTensor.Of(Back).view(3, 2).to(planes.device);
        var shifts = matrix.matmul(colors.sub(Kept(Middle)).flatten(2)).add_(Kept(Unit / 2), One).div_(Kept(Unit)).floor_();
        return shifts.view(planes.shape).add_(light, One).clamp_(Kept(0), Kept(255)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The means of 2 × 2 values as integers: halves round down and up in turn. To the right, as many as blocks need.
    /// </summary>
    internal static Tensor Halve(Tensor colors)
    {
        using var scope = NewDisposeScope();
        var shape = colors.shape;
        var (height, width) = ((shape[2] + 1) / 2, (shape[3] + 2 * Block - 1) / (2 * Block) * Block);
        var sums = PixelMatrix.Extend(colors, 2 * height, 2 * width).reshape(shape[0], shape[1], height, 2, width, 2).sum([3, 5]);
        return sums.add_(Alternating(width, 1, 2, colors.device), One).div_(Kept(4)).floor_().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Upsamples chroma to a size: the nearest value counts three times as much as the next one, in both directions.
    /// </summary>
    internal static Tensor Double(Tensor halves, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = ((height + 1) / 2, (width + 1) / 2);
        var isSmooth = columns >= SmoothFrom;
        var doubled = PixelMatrix.Apply(PixelMatrix.Crop(halves, rows, columns), Enlarging(rows, isSmooth, halves.device),
            Enlarging(columns, isSmooth, halves.device));
        return PixelMatrix.Crop(doubled.add_(Alternating(2 * columns, 8 / 16.0, 7 / 16.0, halves.device), One).floor_(), height,
            width)
            .MoveToOuterDisposeScope();
    }

    private static Tensor Enlarging(
        long length, bool isSmooth, Device device) => PixelMatrix.Create(2 * length, length, (place, weights) =>
    {
        var (nearest, next) = (place / 2, Math.Clamp(place / 2 + (place % 2 == 0 ? -1 : 1), 0, length - 1));
        weights[(int)nearest] += isSmooth ? 0.75 : 1;
        weights[(int)next] += isSmooth ? 0.25 : 0;
    }, device);

    private static Tensor Alternating(long length, double even, double odd, Device device) =>
        PixelMatrix.Create(1, length, (_, weights) =>
        {
            for (var i = 0; i < weights.Length; i++)
                weights[i] = i % 2 == 0 ? even : odd;
        }, device);
}
