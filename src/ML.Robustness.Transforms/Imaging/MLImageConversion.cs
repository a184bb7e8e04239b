using Microsoft.ML.Data;
using ML.Robustness.Imaging;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Images as ML.NET's images, and back.</summary>
internal static class MLImageConversion
{
    private const int BytesPerPixel = 4;

    /// <summary>The image as ML.NET keeps it, colours multiplied by alpha. The caller disposes it.</summary>
    internal static MLImage ToImage(RgbImage image)
    {
        var pixels = (byte[])image.Rgba.Clone();
        for (var i = 0; i < pixels.Length; i += BytesPerPixel)
        {
            var alpha = pixels[i + 3];
            for (var color = i; color < i + 3 && alpha < byte.MaxValue; color++)
                pixels[color] = (byte)((pixels[color] * alpha + 127) / 255);
        }

        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>The pixels of one of ML.NET's images.</summary>
    internal static RgbImage Of(MLImage image)
    {
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        var source = image.Pixels;
        var rgba = new byte[source.Length];
        for (var i = 0; i < rgba.Length; i += BytesPerPixel)
        {
            var alpha = source[i + 3];
            (rgba[i], rgba[i + 1], rgba[i + 2], rgba[i + 3]) = (Straight(source[i + red], alpha), Straight(source[i + 1], alpha),
                Straight(source[i + blue], alpha), alpha);
        }

        return new RgbImage(image.Width, image.Height, rgba);
    }

    private static byte Straight(byte color, byte alpha) =>
        alpha == 0 ? (byte)0 : (byte)Math.Min(byte.MaxValue, (color * 255 + alpha / 2) / alpha);
}
