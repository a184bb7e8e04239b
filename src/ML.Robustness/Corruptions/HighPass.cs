using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>A high-pass filter: edges and texture remain on a uniform background.</summary>
/// <remarks>
/// Removes those within 0.05, 0.075, 0.1, 0.15 and 0.2 cycles a pixel, constants of this library. The mean of each channel stays,
/// so that the image does not turn black. Standard networks classify such images far better than people do (Gilmer and Hendrycks,
/// <see href="https://distill.pub/2019/advex-bugs-discussion/response-1"/>).
/// </remarks>
public sealed class HighPass : Corruption
{
    private static readonly double[] Radii = [0.05, 0.075, 0.1, 0.15, 0.2];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.sub(FrequencyFilter.Lowest(images, Radii[severity - 1])).add_(images.mean([2, 3], true), One);
    }
}
