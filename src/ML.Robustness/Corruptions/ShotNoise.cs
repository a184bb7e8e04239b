using System.Runtime.InteropServices;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Shot noise: the Poisson noise of counted photons, which grows with brightness.</summary>
/// <remarks>Poisson(cx)/c with c = 500, 250, 100, 75 and 50 photons for white: mean x, variance x/c.</remarks>
public sealed class ShotNoise : Corruption
{
    private static readonly double[] Photons = [500, 250, 100, 75, 50];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        var photons = Photons[severity - 1];
        var light = images.cpu().contiguous();
        var counts = random.Derive(0x53_68_6F_74).Uniform(light, 0, 1); // "Shot"
        Count(MemoryMarshal.Cast<byte, double>(light.bytes), MemoryMarshal.Cast<byte, double>(counts.bytes), photons);
        return counts.div_(Kept(photons)).to(images.device);
    }

    // One uniform number a value: in managed memory, where it does not matter which values stand beside.
    private static void Count(ReadOnlySpan<double> light, Span<double> counts, double photons)
    {
        for (var i = 0; i < light.Length; i++)
            counts[i] = PoissonQuantile.Of(light[i] * photons, counts[i]);
    }
}
