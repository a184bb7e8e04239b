using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>A low-pass filter: keeps the frequencies within a radius around zero.</summary>
/// <remarks>
/// By Hartley's transform, cas(2πkn/N)/√N with cas = cos + sin: real, symmetric and its own inverse. At frequencies (±u, ±v)
/// together it spans what Fourier's does, and a radius does not tell these apart, so that the result is exactly that of the
/// discrete Fourier transform, in four products of matrices.
/// </remarks>
internal static class FrequencyFilter
{
    /// <summary>The tolerance of a radius, since fractions such as 3/28 are rounded.</summary>
    private const double Tolerance = 1e-12;

    /// <summary>The low frequencies of images.</summary>
    /// <param name="images">(N, C, H, W), float64.</param>
    /// <param name="radius">In cycles a pixel, zero or more; the mean of a channel is always kept.</param>
    /// <returns>(N, C, H, W); the caller disposes.</returns>
    internal static Tensor Lowest(Tensor images, double radius)
    {
        using var scope = NewDisposeScope();
        var shape = images.shape;
        var (height, width) = (shape[2], shape[3]);
        var (vertical, horizontal) = (Hartley(height, images.device), Hartley(width, images.device));
        var isKept = PixelMatrix.Create(height, width, (row, weights) =>
        {
            for (var column = 0; column < weights.Length; column++)
                weights[column] = Math.Sqrt(Square(row, height) + Square(column, width)) <= radius + Tolerance ? 1 : 0;
        }, images.device);
        var spectrum = PixelMatrix.Apply(images, vertical, horizontal).mul_(isKept);
        return PixelMatrix.Apply(spectrum, vertical, horizontal).MoveToOuterDisposeScope();
    }

    private static Tensor Hartley(long length, Device device) => PixelMatrix.Create(length, length, (frequency, weights) =>
    {
        for (var place = 0; place < weights.Length; place++)
        {
            var (sine, cosine) = Math.SinCos(Math.Tau * (frequency * place % length) / length);
            weights[place] = (sine + cosine) / Math.Sqrt(length);
        }
    }, device);

    // The upper half of the frequencies are the negative ones.
    private static double Square(long index, long length)
    {
        var frequency = (double)Math.Min(index, length - index) / length;
        return frequency * frequency;
    }
}
