using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>A low-pass filter: the image is blurred, with ringing beside edges.</summary>
/// <remarks>Keeps those within 0.4, 0.3, 0.2, 0.15 and 0.1 cycles a pixel; constants of this library.</remarks>
public sealed class LowPass : Corruption
{
    private static readonly double[] Radii = [0.4, 0.3, 0.2, 0.15, 0.1];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        return FrequencyFilter.Lowest(images, Radii[severity - 1]);
    }
}
