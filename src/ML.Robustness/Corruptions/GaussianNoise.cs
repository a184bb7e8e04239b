using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Gaussian noise on every value, as of a sensor in low light.</summary>
/// <remarks>x + σz with σ = 0.04, 0.06, 0.08, 0.09 and 0.1.</remarks>
public sealed class GaussianNoise : Corruption
{
    private static readonly double[] Deviations = [0.04, 0.06, 0.08, 0.09, 0.1];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        return random.Derive(0x47_61_75_73_73).Normal(images).mul_(Kept(Deviations[severity - 1])).add_(images, One); // "Gauss"
    }
}
