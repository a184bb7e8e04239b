using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>The coding of 8 × 8 blocks: cosine transform, quantization by a table, and back.</summary>
internal static class JpegBlocks
{
    private const int Side = 8;
    private const double Middle = 128, Grid = 1 << 20;

    /// <summary>Encodes and decodes planes.</summary>
    /// <param name="planes">(N, C, H, W), float64, whole numbers from 0 to 255.</param>
    /// <param name="table">(8, 8), the steps.</param>
    /// <returns>(N, C, H, W), whole numbers from 0 to 255; the caller disposes.</returns>
    internal static Tensor Code(Tensor planes, Tensor table)
    {
        using var scope = NewDisposeScope();
        var shape = planes.shape;
        var (rows, columns) = ((shape[2] + Side - 1) / Side, (shape[3] + Side - 1) / Side);
        var blocks = PixelMatrix.Extend(planes, rows * Side, columns * Side)
            .reshape(shape[0], shape[1], rows, Side, columns, Side).permute(0, 1, 2, 4, 3, 5).sub(Kept(Middle));
        var cosines = Cosines(planes.device);
        var steps = OnGrid(PixelMatrix.Apply(blocks, cosines, cosines)).div_(table);
        // Halves are rounded away from zero.
        var kept = steps.abs().add_(Kept(0.5), One).floor_().mul_(steps.sign()).mul_(table);
        var back = cosines.t();
        var decoded = OnGrid(PixelMatrix.Apply(kept, back, back)).add_(Kept(Middle + 0.5), One).floor_()
            .clamp_(Kept(0), Kept(255));
        return PixelMatrix.Crop(decoded.permute(0, 1, 2, 4, 3, 5).reshape(shape[0], shape[1], rows * Side, columns * Side),
            shape[2], shape[3]).MoveToOuterDisposeScope();
    }

    /// <summary>The orthonormal cosine transform, (8, 8): frequencies by positions; the caller disposes.</summary>
    internal static Tensor Cosines(Device device) => PixelMatrix.Create(Side, Side, (frequency, weights) =>
    {
        for (var place = 0; place < Side; place++)
            weights[place] = Math.Sqrt((frequency == 0 ? 1.0 : 2.0) / Side) * Math.Cos(
                (2 * place + 1) * frequency * Math.PI / (2 * Side));
    }, device);

    // Whole numbers often transform to exact halves of a step: the last bits of a product must not decide how these are rounded.
    private static Tensor OnGrid(Tensor values) => values.mul_(Kept(Grid)).round_().div_(Kept(Grid));
}
