using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>Reads images at other places than their pixels': shifts, turns and scales them, and lets gradients pass.</summary>
internal static class ImageWarp
{
    /// <summary>The affine map from an output's place to the input's, both measured in pixels from the centre.</summary>
    public readonly record struct Map(double XByX, double XByY, double X, double YByX, double YByY, double Y)
    {
        /// <summary>What turns a picture counter-clockwise, enlarges it about its centre and then moves it right and
        /// down.</summary>
        public static Map Of(double degrees, double scale, double right, double down)
        {
            // Quarter turns are exact: a cosine of 6e-17 would blend pixels that should be moved.
            var (sine, cosine) = (degrees % 360) switch
            {
                0 => (0, 1),
                90 or -270 => (1, 0),
                180 or -180 => (0, -1),
                270 or -90 => (-1, 0),
                var angle => Math.SinCos(Math.PI / 180 * angle),
            };
            var (a, b, c, d) = (cosine / scale, -sine / scale, sine / scale, cosine / scale);
            return new Map(a, b, -a * right - b * down, c, d, -c * right - d * down);
        }
    }

    /// <summary>Reads each image by its own map, bilinearly; beyond the edge its last pixels go on.</summary>
    public static Tensor Apply(Tensor images, Map[] maps)
    {
        var shape = images.shape;
        if (shape.Length != 4)
            throw new ArgumentException(
                $"Only images (N, C, H, W) can be moved and turned, but the inputs are {TensorShape.Text(shape)}.",
                nameof(images));
        var (rows, channels, height, width) = (shape[0], shape[1], shape[2], shape[3]);
        using var scope = NewDisposeScope();
        var numbers = tensor(maps.SelectMany(map => new[] { map.XByX, map.XByY, map.X, map.YByX, map.YByY, map.Y }).ToArray(),
            device: CPU)
            .to(images.dtype, images.device).view(rows, 6, 1, 1);
        var down = arange(Kept(0), Kept(height), One, images.dtype, images.device).sub_(Kept((height - 1) / 2.0))
            .view(1, height, 1);
        var across = arange(Kept(0), Kept(width), One, images.dtype, images.device).sub_(Kept((width - 1) / 2.0))
            .view(1, 1, width);
        var (left, shareRight) = Places(0, width);
        var (top, shareBelow) = Places(3, height);
        var flat = images.flatten(2);
        var upper = Blend(Pixels(top, left), Pixels(top, Next(left, width)), shareRight);
        var below = Next(top, height);
        var lower = Blend(Pixels(below, left), Pixels(below, Next(left, width)), shareRight);
        return Blend(upper, lower, shareBelow).view(shape).MoveToOuterDisposeScope();

        (Tensor Pixel, Tensor Share) Places(int first, long size)
        {
            var place = across.mul(numbers.select(1, first)).add(down.mul(numbers.select(1, first + 1)), One)
                .add_(numbers.select(1, first + 2), One).add_(Kept((size - 1) / 2.0), One)
                .clamp_(Kept(0), Kept(size - 1)); // (N, H, W)
            var pixel = place.floor();
            return (pixel.to(ScalarType.Int64), place.sub_(pixel).view(rows, 1, height * width));
        }
        Tensor Pixels(Tensor y, Tensor x) =>
            flat.gather(2, y.mul(Kept(width)).add_(x, One).view(rows, 1, height * width).expand(rows, channels, height * width));
        static Tensor Next(Tensor pixel, long size) => pixel.add(Kept(1), One).clamp_max_(Kept(size - 1));
        static Tensor Blend(Tensor one, Tensor other, Tensor share) =>
            one.mul(share.neg().add_(Kept(1), One)).add(other.mul(share), One);
    }
}
