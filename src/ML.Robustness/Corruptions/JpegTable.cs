using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>The quantization tables: the examples of the JPEG standard (ITU-T T.81, annex K), scaled by quality.</summary>
internal static class JpegTable
{
    private static readonly int[] LightSteps =
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ];

    private static readonly int[] ColorSteps =
    [
        17, 18, 24, 47, 99, 99, 99, 99,
        18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ];

    /// <summary>The luma table, (8, 8), float64; the caller disposes.</summary>
    internal static Tensor Light(int quality, Device device) => Scaled(LightSteps, quality, device);

    /// <summary>The chroma table, (8, 8), float64; the caller disposes.</summary>
    internal static Tensor Color(int quality, Device device) => Scaled(ColorSteps, quality, device);

    private static Tensor Scaled(int[] steps, int quality, Device device)
    {
        var percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        return PixelMatrix.Create(8, 8, (row, weights) =>
        {
            for (var column = 0; column < 8; column++)
                weights[column] = Math.Clamp((steps[(row * 8) + column] * percent + 50) / 100, 1, 255);
        }, device);
    }
}
