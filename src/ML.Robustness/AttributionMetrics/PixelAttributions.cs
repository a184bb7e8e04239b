using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttributionMetrics;

/// <summary>The absolute attribution of each pixel.</summary>
internal static class PixelAttributions
{
    /// <summary>Absolute values summed over channels: (N, H, W) of images, (N, length) of vectors; in double precision.</summary>
    public static Tensor Of(Tensor attributions)
    {
        using var scope = NewDisposeScope();
        var values = attributions.detach().to(ScalarType.Float64).abs();
        return (values.dim() == 2 ? values.alias() : values.sum(1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The total variation: differences between neighbours over the sum of the values, (N) for (N, H, W); null for vectors.
    /// </summary>
    public static double[]? Variation(Tensor importance)
    {
        if (importance.dim() != 3)
            return null;
        using var scope = NewDisposeScope();
        var (height, width) = (importance.shape[1], importance.shape[2]);
        var down = importance.narrow(1, 1, height - 1).sub(importance.narrow(1, 0, height - 1)).abs().flatten(1).sum(1);
        var across = importance.narrow(2, 1, width - 1).sub(importance.narrow(2, 0, width - 1)).abs().flatten(1).sum(1);
        // Zeros are flat.
        return Plain(down.add(across, One).div(importance.flatten(1).sum(1).clamp_min_(Kept(double.Epsilon))));
    }

    /// <summary>The values of each row.</summary>
    public static double[][] Rows(Tensor importance)
    {
        using var scope = NewDisposeScope();
        var flat = Plain(importance.flatten());
        return [.. flat.Chunk(checked((int)(importance.numel() / importance.shape[0])))];
    }

    public static double[] Plain(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }
}
