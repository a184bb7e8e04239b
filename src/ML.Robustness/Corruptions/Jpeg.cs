using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>JPEG compression: block artefacts and blurred colours.</summary>
/// <remarks>
/// Baseline JPEG of qualities 80, 65, 58, 50 and 40 without the coding of its bits, which loses nothing: bytes, YCbCr, colours at
/// half the size (4:2:0), 8 × 8 cosine transforms, the standard's example tables scaled as the Independent JPEG Group's library
/// scales them, and the same way back, with that library's rounding, edges and smooth enlargement of the colours. The cosine
/// transform is exact where the library's has 13 bits. One channel is coded as light alone.
/// </remarks>
public sealed class Jpeg : Corruption
{
    private const double Levels = 255;

    private static readonly int[] Qualities = [80, 65, 58, 50, 40];

    /// <summary>Gets the order of the colours, which are coded more coarsely than light; one channel has none.</summary>
    /// <value>The default is <see cref="ColorOrder.Rgb"/>.</value>
    public ColorOrder ColorOrder { get; init => field = ArgumentChecks.Defined(value); }

    /// <summary>Returns the name, and the order of the colours where it is not the default.</summary>
    /// <returns>For example <c>Jpeg (Bgr)</c>.</returns>
    public override string ToString() => ColorOrder == ColorOrder.Rgb ? Name : $"{Name} ({ColorOrder})";

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        var quality = Qualities[severity - 1];
        return ColorOrder == ColorOrder.Rgb ? Compress(images, quality) : Compress(images.flip(1), quality).flip(1);
    }

    /// <summary>Encodes and decodes images.</summary>
    /// <param name="images">(N, C, H, W), float64 in [0, 1], one or three channels.</param>
    /// <param name="quality">1 to 100.</param>
    /// <returns>(N, C, H, W), multiples of 1/255; the caller disposes.</returns>
    internal static Tensor Compress(Tensor images, int quality)
    {
        using var scope = NewDisposeScope();
        var bytes = images.mul(Kept(Levels)).add_(Kept(0.5), One).floor_();
        var light = JpegTable.Light(quality, images.device);
        var shape = images.shape;
        if (shape[1] == 1)
            return JpegBlocks.Code(bytes, light).div_(Kept(Levels)).MoveToOuterDisposeScope();
        var planes = JpegColors.FromRgb(bytes);
        var luma = JpegBlocks.Code(planes.narrow(1, 0, 1), light);
        var halves = JpegBlocks.Code(JpegColors.Halve(planes.narrow(1, 1, 2)), JpegTable.Color(quality, images.device));
        return JpegColors.ToRgb(cat([luma, JpegColors.Double(halves, shape[2], shape[3])], 1)).div_(Kept(Levels))
            .MoveToOuterDisposeScope();
    }
}
