using System.Runtime.InteropServices;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Fog: plasma noise added to the image, which lowers contrast at low frequencies.</summary>
/// <remarks>
/// (x + sP)·m/(m + s), where m is the image's greatest value and P a plasma fractal of 0 to 1 (diamond-square), the same for all
/// channels; amounts s = 0.2, 0.5, 0.75, 1 and 1.5, and noise that falls 3, 3, 2.5, 2 and 1.75-fold at each finer grid. The
/// fractal's side is the least power of two that covers the image.
/// </remarks>
public sealed class Fog : Corruption
{
    private static readonly (double Amount, double Decay)[] Hazes = [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)];

    /// <inheritdoc/>
    protected internal override Tensor Corrupt(Tensor images, int severity, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        var shape = images.shape;
        var (amount, decay) = Hazes[severity - 1];
        var brightest = images.amax([1, 2, 3], true);
        var haze = Haze(random, shape[0], shape[2], shape[3], decay).to(images.device);
        return images.add(haze, Kept(amount)).mul_(brightest).div_(brightest.add(Kept(amount), One));
    }

    private static Tensor Haze(RowRandom random, long rows, long height, long width, double decay)
    {
        using var scope = NewDisposeScope();
        var side = 2;
        while (side < Math.Max(height, width))
            side *= 2;
        var maps = random.Derive(0x46_6F_67).Uniform(empty([rows, 1, side, side], ScalarType.Float64, CPU), -1, 1); // "Fog"
        for (var row = 0; row < rows; row++)
            PlasmaFractal.Fill(MemoryMarshal.Cast<byte, double>(maps.bytes).Slice(row * side * side, side * side), side, decay);
        return PixelMatrix.Crop(maps, height, width).MoveToOuterDisposeScope();
    }
}
