using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;

namespace ML.Robustness.Imaging;

/// <summary>An image in memory: four bytes a pixel.</summary>
/// <remarks>Two images of equal pixels are equal.</remarks>
public sealed record RgbImage
{
    internal const int BytesPerPixel = 4;

    /// <summary>Creates an image.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows of pixels, at least 1.</param>
    /// <param name="rgba">
    /// Red, green, blue and alpha (255 for opaque; colours are not multiplied by it) of each pixel, row after row from the top.
    /// The image keeps this array.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below one.</exception>
    /// <exception cref="ArgumentException">The bytes are not four a pixel.</exception>
    public RgbImage(int width, int height, byte[] rgba)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(rgba);
        if (rgba.LongLength != (long)BytesPerPixel * width * height)
            throw new ArgumentException(
                $"An image of {width}×{height} pixels has {(long)BytesPerPixel * width * height} bytes, four a pixel, got " +
                $"{rgba.Length}.", nameof(rgba));
        Width = width;
        Height = height;
        Rgba = rgba;
    }

    /// <summary>The pixels in a row.</summary>
    public int Width { get; }

    /// <summary>The rows of pixels.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue and alpha of each pixel, row after row from the top.</summary>
    public byte[] Rgba { get; }

    /// <summary>Creates an opaque image of an image's values.</summary>
    /// <param name="values">
    /// The values, plane after plane (C, H, W); those outside the range are taken as its nearest end.
    /// </param>
    /// <param name="shape">The image's shape: 1 channel for grey, 3 for colours.</param>
    /// <param name="range">The values of black and of full light, both finite.</param>
    /// <param name="colorOrder">The order of three channels; one channel has none.</param>
    /// <returns>The image, each value rounded to its nearest byte.</returns>
    /// <exception cref="ArgumentException">
    /// The shape is no image of 1 or 3 channels, the values are of another number or not finite, or the range has no two finite
    /// ends.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order.</exception>
    public static RgbImage FromValues(
        ReadOnlySpan<float> values, InputShape shape, ValueRange range, ColorOrder colorOrder = ColorOrder.Rgb)
    {
        ArgumentChecks.Defined(colorOrder, nameof(colorOrder));
        if (!shape.IsImage || shape.Channels is not (1 or 3))
            throw new ArgumentException(
                $"An image needs an image of 1 channel (grey) or 3 (colours), got the shape {shape}.", nameof(shape));
        if (values.Length != shape.Length)
            throw new ArgumentException($"An image of {shape} has {shape.Length} values, got {values.Length}.", nameof(values));
        var (minimum, span) = (range.Minimum, range.Maximum - range.Minimum);
        if (!(span > 0) || !double.IsFinite(span))
            throw new ArgumentException(
                $"An image needs a range of two finite ends to tell black from white, got {range}. Give the values that stand " +
                "for them.", nameof(range));
        CheckFinite(values, "An image");

        var pixels = shape.Height * shape.Width;
        var rgba = new byte[checked(BytesPerPixel * pixels)];
        var planes = shape.Channels == 1 ? (ReadOnlySpan<int>)[0, 0, 0]
            : colorOrder == ColorOrder.Rgb ? [0, pixels, 2 * pixels] : [2 * pixels, pixels, 0];
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            for (var color = 0; color < 3; color++)
                rgba[BytesPerPixel * pixel + color] = ToByte((values[planes[color] + pixel] - minimum) / span);
            rgba[BytesPerPixel * pixel + 3] = byte.MaxValue;
        }

        return new RgbImage(shape.Width, shape.Height, rgba);
    }

    /// <summary>Makes each pixel a square of equal pixels.</summary>
    /// <param name="factor">The pixels along a side of the square, 1 or more.</param>
    /// <returns>The image, <paramref name="factor"/> times as wide and high; this one for 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The factor is below one, or the result would be too large.</exception>
    public RgbImage Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        if (factor == 1)
            return this;
        if ((decimal)factor * factor * Rgba.Length > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(factor),
                $"{Width}×{Height} pixels enlarged {factor} times are too many for one image. Enlarge it less.");
        var (width, height) = (Width * factor, Height * factor);
        var stride = BytesPerPixel * width;
        var rgba = new byte[stride * height];
        for (var y = 0; y < Height; y++)
        {
            var line = rgba.AsSpan(y * factor * stride, stride);
            for (var x = 0; x < width; x++)
                Rgba.AsSpan(BytesPerPixel * (y * Width + x / factor), BytesPerPixel).CopyTo(line[(BytesPerPixel * x)..]);
            for (var copy = 1; copy < factor; copy++)
                line.CopyTo(rgba.AsSpan((y * factor + copy) * stride));
        }

        return new RgbImage(width, height, rgba);
    }

    /// <summary>Encodes the image as a PNG file's content.</summary>
    /// <returns>The bytes of the file; every pixel can be read back exactly.</returns>
    public byte[] ToPng()
    {
        using var content = new MemoryStream();
        PngWriter.Write(content, this);
        return content.ToArray();
    }

    /// <summary>Writes the image as a PNG file: beside it first, then renamed, so that the file is always whole.</summary>
    /// <param name="path">The file, whose name ends in <c>.png</c>; an old one is replaced.</param>
    /// <exception cref="ArgumentException">The name has another ending.</exception>
    /// <exception cref="IOException">The file cannot be written; an old one is as it was.</exception>
    public void SavePng(string path)
    {
        CheckPath(path);
        AtomicFile.Write(path, stream => PngWriter.Write(stream, this));
    }

    /// <summary>Tells whether another image has the same size and pixels.</summary>
    /// <param name="other">The other image.</param>
    /// <returns>True when they are equal.</returns>
    public bool Equals(RgbImage? other) =>
        other is not null && Width == other.Width && Height == other.Height && Rgba.AsSpan().SequenceEqual(other.Rgba);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Width);
        hash.Add(Height);
        hash.AddBytes(Rgba);
        return hash.ToHashCode();
    }

    /// <summary>Returns the size as text, for example <c>28×28 pixels</c>.</summary>
    /// <returns>Width, then height.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}×{Height} pixels");

    /// <summary>Throws at once where an image could not be saved later on.</summary>
    internal static void CheckPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"Images are saved as PNG files, got '{path}'. End the name in .png.", nameof(path));
        AtomicFile.CheckWritable(path);
    }

    internal static byte ToByte(double share) => (byte)Math.Round(byte.MaxValue * Math.Clamp(share, 0, 1));

    internal static void CheckFinite(ReadOnlySpan<float> values, string what)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new ArgumentException(
                    $"{what} must hold finite values, but value {i} of {values.Length} is " +
                    $"{(float.IsNaN(values[i]) ? "NaN" : "infinite")}.", nameof(values));
        }
    }
}
