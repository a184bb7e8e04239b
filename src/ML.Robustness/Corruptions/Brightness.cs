using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Higher brightness, as in an overexposed image; hue and saturation are kept.</summary>
/// <remarks>
/// The value of HSV, a pixel's greatest channel v, becomes min(v + c, 1) with c = 0.05, 0.1, 0.15, 0.2 and 0.3: channels are
/// scaled by the ratio, and black becomes grey.
/// </remarks>
public sealed class Brightness : Corruption
{
    private static readonly double[] Shifts = [0.05, 0.1, 0.15, 0.2, 0.3];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        var values = images.amax([1], true);
        var brighter = values.add(Kept(Shifts[severity - 1]), One).clamp_(Kept(0), Kept(1));
        var isBlack = values.eq(Kept(0));
        // Black has no hue to keep; its ratio is never used.
        var scaled = images.div(where(isBlack, ones_like(values), values)).mul_(brighter);
        return where(isBlack, brighter, scaled);
    }
}
