using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace PretrainedNetwork;

/// <summary>Two maps that are drawn with one scale: side by side in one image, which is then cut.</summary>
internal static class MapPair
{
    private const int BytesPerPixel = 4;

    /// <summary>Draws the maps.</summary>
    /// <param name="colors">The colours.</param>
    /// <param name="first">The values of the first map, of an image's height and width.</param>
    /// <param name="second">Those of the second.</param>
    /// <param name="over">The images under the maps; null for none.</param>
    public static (RgbImage First, RgbImage Second) Render(
        Heatmap colors, float[] first, float[] second, (RgbImage First, RgbImage Second)? over = null)
    {
        var (height, width) = (PretrainedResNet.InputShape.Height, PretrainedResNet.InputShape.Width);
        var shape = new InputShape(1, height, 2 * width);
        var values = Beside(first, second, width);
        var drawn = over is var (left, right)
            ? colors.Render(values, shape, new RgbImage(
                2 * width, height, Beside(left.Rgba, right.Rgba, BytesPerPixel * width)))
            : colors.Render(values, shape);
        return (Part(0), Part(1));

        RgbImage Part(int place) => new(width, height,
            [.. drawn.Rgba.Chunk(BytesPerPixel * width).Where((_, i) => i % 2 == place).SelectMany(line => line)]);
    }

    private static T[] Beside<T>(T[] left, T[] right, int width) => [.. left.Chunk(width).Zip(right.Chunk(width))
        .SelectMany(lines => lines.First.Concat(lines.Second))];
}
