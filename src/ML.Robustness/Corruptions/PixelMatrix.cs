using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>Separable linear operations on images: a matrix for the rows and one for the columns.</summary>
internal static class PixelMatrix
{
    /// <summary>Writes the weights of one output pixel; they are zero before.</summary>
    internal delegate void Weights(long pixel, Span<double> weights);

    /// <summary>Creates a matrix.</summary>
    /// <param name="rows">The pixels after the change.</param>
    /// <param name="columns">The pixels before it.</param>
    /// <param name="fill">Writes each row.</param>
    /// <param name="device">Where the images are.</param>
    /// <returns>(rows, columns), float64; the caller disposes.</returns>
    internal static Tensor Create(long rows, long columns, Weights fill, Device device)
    {
        var weights = new double[rows * columns];
        for (var row = 0L; row < rows; row++)
            fill(row, weights.AsSpan(checked((int)(row * columns)), (int)columns));
        using var scope = NewDisposeScope();
        return AlignedTensor.Of(weights).view(rows, columns).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>Applies one matrix to the columns and another to the rows of images.</summary>
    /// <param name="images">(…, H, W), float64.</param>
    /// <param name="vertical">(H', H).</param>
    /// <param name="horizontal">(W', W).</param>
    /// <returns>(…, H', W'); the caller disposes.</returns>
    internal static Tensor Apply(Tensor images, Tensor vertical, Tensor horizontal)
    {
        using var scope = NewDisposeScope();
        return vertical.matmul(images.matmul(horizontal.t())).MoveToOuterDisposeScope();
    }

    /// <summary>Pads images to a size by repeating the last row and column.</summary>
    internal static Tensor Extend(Tensor images, long height, long width)
    {
        using var scope = NewDisposeScope();
        var shape = images.shape;
        return images.index_select(shape.Length - 2, Places(shape[^2], height, images.device))
            .index_select(shape.Length - 1, Places(shape[^1], width, images.device)).MoveToOuterDisposeScope();
    }

    /// <summary>Crops images to their upper left part.</summary>
    internal static Tensor Crop(Tensor images, long height, long width)
    {
        using var scope = NewDisposeScope();
        return images.narrow(-2, 0, height).narrow(-1, 0, width).MoveToOuterDisposeScope();
    }

    private static Tensor Places(long length, long wanted, Device device)
    {
        using var scope = NewDisposeScope();
        var places = new long[wanted];
        for (var i = 0L; i < wanted; i++)
            places[i] = Math.Min(i, length - 1);
        return tensor(places, device: CPU).to(device).MoveToOuterDisposeScope();
    }
}
