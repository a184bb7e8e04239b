using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Corruptions;

/// <summary>Images with smooth parts, edges and noise, the same on every run.</summary>
internal static class TestImages
{
    /// <summary>(N, C, H, W) in [0, 1].</summary>
    public static Tensor Make(long rows = 3, long channels = 3, long height = 19, long width = 26,
        ScalarType type = ScalarType.Float64, ulong seed = 1)
    {
        using var scope = NewDisposeScope();
        var noise = new RowRandom(seed).Uniform(empty([rows, channels, height, width], ScalarType.Float64), 0, 1);
        var waves = arange(height * width, ScalarType.Float64).mul(0.07).sin().add(1).mul(0.3).view(1, 1, height, width);
        var edge = arange(width, ScalarType.Float64).gt(width / 2).to(ScalarType.Float64).mul(0.2).view(1, 1, 1, width);
        return noise.mul(0.2).add(waves).add(edge).clamp(0, 1).to(type).MoveToOuterDisposeScope();
    }

    public static double[] Values(Tensor tensor) => tensor.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
}
