using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Impulse noise (salt and pepper): some values turn black or white, as by bit errors.</summary>
/// <remarks>
/// A share of 0.01, 0.02, 0.03, 0.05 and 0.07 of the values, each by a chance of its own, half of them white. The values of a
/// milder severity are among those of a severer one.
/// </remarks>
public sealed class ImpulseNoise : Corruption
{
    private static readonly double[] Shares = [0.01, 0.02, 0.03, 0.05, 0.07];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        var isHit = random.Derive(0x48_69_74).Uniform(images, 0, 1).lt(Kept(Shares[severity - 1])); // "Hit"
        var salt = random.Derive(0x53_61_6C_74).Uniform(images, 0, 1).lt(Kept(0.5)).to(images.dtype); // "Salt"
        return where(isHit, salt, images);
    }
}
