using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Pixelation: the image is downsampled and upsampled again.</summary>
/// <remarks>
/// To 0.95, 0.9, 0.85, 0.75 and 0.65 of height and width, rounded down, by a box filter that takes whole pixels whose centre lies
/// in the box, as the Python Imaging Library does, and back by the same filter.
/// </remarks>
public sealed class Pixelate : Corruption
{
    private static readonly double[] Shares = [0.95, 0.9, 0.85, 0.75, 0.65];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        var shape = images.shape;
        return PixelMatrix.Apply(images, ThereAndBack(shape[2], severity, images.device),
            ThereAndBack(shape[3], severity, images.device));
    }

    /// <summary>The weights of the pixels of a line that is resized to another length.</summary>
    internal static Tensor Box(long from, long to, Device device)
    {
        var scale = (double)from / to;
        var support = Math.Max(scale, 1) / 2;
        return PixelMatrix.Create(to, from, (pixel, weights) =>
        {
            var center = (pixel + 0.5) * scale;
            var (first, end) = ((int)Math.Max(center - support + 0.5, 0), (int)Math.Min(center + support + 0.5, from));
            // The box is open on its left side and closed on its right.
            var inside = Enumerable.Range(first, end - first)
                .Where(place => place - center + 0.5 > -support && place - center + 0.5 <= support).ToArray();
            foreach (var place in inside)
                weights[place] = 1.0 / inside.Length;
        }, device);
    }

    private static Tensor ThereAndBack(long length, int severity, Device device)
    {
        using var scope = NewDisposeScope();
        var coarse = Math.Max(1, (long)(length * Shares[severity - 1]));
        return Box(coarse, length, device).matmul(Box(length, coarse, device)).MoveToOuterDisposeScope();
    }
}
