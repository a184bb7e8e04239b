using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Gaussian blur, as of a lens out of focus.</summary>
/// <remarks>
/// Standard deviations of 0.4, 0.6, 0.7, 0.8 and 1 pixel, cut after four of them and made to sum to one; beyond the edge, the
/// edge's pixels go on.
/// </remarks>
public sealed class GaussianBlur : Corruption
{
    private const double CutAfter = 4;

    private static readonly double[] Deviations = [0.4, 0.6, 0.7, 0.8, 1];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        var shape = images.shape;
        var kernel = Kernel(Deviations[severity - 1]);
        return PixelMatrix.Apply(images, Matrix(kernel, shape[2], images.device), Matrix(kernel, shape[3], images.device));
    }

    /// <summary>The weights of a pixel's neighbours, itself in the middle.</summary>
    internal static double[] Kernel(double deviation)
    {
        var radius = (int)(CutAfter * deviation + 0.5);
        var weights = Enumerable.Range(-radius, 2 * radius + 1)
            .Select(offset => Math.Exp(-0.5 * offset * offset / (deviation * deviation))).ToArray();
        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    private static Tensor Matrix(
        double[] kernel, long length, Device device) => PixelMatrix.Create(length, length, (pixel, weights) =>
    {
        for (var i = 0; i < kernel.Length; i++)
            weights[(int)Math.Clamp(pixel + i - kernel.Length / 2, 0, length - 1)] += kernel[i];
    }, device);
}
