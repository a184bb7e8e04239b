using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Lower contrast: every value moves towards the mean of its channel.</summary>
/// <remarks>(x − mean)·c + mean with c = 0.75, 0.5, 0.4, 0.3 and 0.15.</remarks>
public sealed class Contrast : Corruption
{
    private static readonly double[] Shares = [0.75, 0.5, 0.4, 0.3, 0.15];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        var means = images.mean([2, 3], true);
        return images.sub(means).mul_(Kept(Shares[severity - 1])).add_(means, One);
    }
}
