using ML.Robustness.Imaging;

namespace Samples.Shared;

/// <summary>A white page for images and text.</summary>
public sealed class Canvas
{
    /// <summary>The height of a line of text.</summary>
    public const int LineHeight = Glyphs.Height + 3;

    private readonly int _width;
    private readonly byte[] _rgba;

    public Canvas(int width, int height)
    {
        (_width, _rgba) = (width, new byte[4 * width * height]);
        Array.Fill(_rgba, byte.MaxValue);
    }

    /// <summary>The width of a text.</summary>
    public static int WidthOf(string text, int size = 1) => text.Length * (Glyphs.Width + 1) * size;

    /// <summary>Draws an image.</summary>
    public void Draw(RgbImage image, int left, int top)
    {
        for (var y = 0; y < image.Height; y++)
        {
            image.Rgba.AsSpan(4 * y * image.Width, 4 * image.Width)
                .CopyTo(_rgba.AsSpan(4 * ((top + y) * _width + left)));
        }
    }

    /// <summary>Writes a text.</summary>
    /// <param name="text">One line.</param>
    /// <param name="left">The left edge.</param>
    /// <param name="top">The upper edge.</param>
    /// <param name="color">Red, green, blue.</param>
    /// <param name="size">The pixels along a side of a dot.</param>
    public void Write(string text, int left, int top, int color = 0x202020, int size = 1)
    {
        for (var place = 0; place < text.Length; place++)
        {
            for (var dot = 0; dot < Glyphs.Width * Glyphs.Height; dot++)
            {
                var (x, y) = (dot % Glyphs.Width, dot / Glyphs.Width);
                if (Glyphs.IsSet(text[place], x, y))
                    Fill(left + size * (place * (Glyphs.Width + 1) + x), top + size * y, size, size, color);
            }
        }
    }

    /// <summary>Fills a rectangle, as far as it lies on the page.</summary>
    public void Fill(int left, int top, int width, int height, int color)
    {
        for (var y = Math.Max(top, 0); y < Math.Min(top + height, Height); y++)
        {
            for (var x = Math.Max(left, 0); x < Math.Min(left + width, _width); x++)
            {
                var pixel = _rgba.AsSpan(4 * (y * _width + x), 3);
                (pixel[0], pixel[1], pixel[2]) = ((byte)(color >> 16), (byte)(color >> 8), (byte)color);
            }
        }
    }

    public RgbImage ToImage() => new(_width, Height, _rgba);

    private int Height => _rgba.Length / 4 / _width;
}
