namespace Microsoft.ML.Data;

/// <summary>An image of four bytes a pixel, colours multiplied by alpha (as the real one keeps them).</summary>
public sealed class MLImage : IDisposable
{
    private readonly int _width;
    private readonly int _height;
    private readonly MLPixelFormat _format;
    private byte[] _pixels;
    private string _tag;

    private MLImage(int width, int height, MLPixelFormat format, byte[] pixels)
    {
        _width = width;
        _height = height;
        _format = format;
        _pixels = pixels;
    }

    public MLPixelFormat PixelFormat
    {
        get
        {
            CheckAlive();
            return _format;
        }
    }

    public byte[] GetBGRPixels
    {
        get
        {
            CheckAlive();
            (int red, int green, int blue) = ColorIndices;
            var result = new byte[_width * _height * 3];
            for (int from = 0, to = 0; from < _pixels.Length; from += 4)
            {
                result[to++] = _pixels[from + blue];
                result[to++] = _pixels[from + green];
                result[to++] = _pixels[from + red];
            }
            return result;
        }
    }

    public ReadOnlySpan<byte> Pixels
    {
        get
        {
            CheckAlive();
            return _pixels;
        }
    }

    public string Tag
    {
        get
        {
            CheckAlive();
            return _tag;
        }

        set
        {
            CheckAlive();
            _tag = value;
        }
    }

    public int Width
    {
        get
        {
            CheckAlive();
            return _width;
        }
    }

    public int Height
    {
        get
        {
            CheckAlive();
            return _height;
        }
    }

    public int BitsPerPixel
    {
        get
        {
            CheckAlive();
            return 32;
        }
    }

    /// <summary>Where red, green and blue stand in a pixel; alpha is last.</summary>
    internal (int Red, int Green, int Blue) ColorIndices => _format == MLPixelFormat.Bgra32 ? (2, 1, 0) : (0, 1, 2);

    public static MLImage CreateFromStream(Stream imageStream)
    {
        ArgumentNullException.ThrowIfNull(imageStream);
        var content = new MemoryStream();
        imageStream.CopyTo(content);
        return DecodeOrNull(content.ToArray()) ?? throw new ArgumentException("Invalid input stream contents", nameof(imageStream));
    }

    public static MLImage CreateFromFile(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);
        MLImage image = File.Exists(imagePath) ? DecodeOrNull(File.ReadAllBytes(imagePath)) : null;
        return image ?? throw new ArgumentException("Invalid path", nameof(imagePath));
    }

    public static MLImage CreateFromPixels(int width, int height, MLPixelFormat pixelFormat, ReadOnlySpan<byte> imagePixelData)
    {
        if (pixelFormat is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
            throw new ArgumentException("Unsupported pixel format", nameof(pixelFormat));
        if (width <= 0)
            throw new ArgumentException("Invalid width value.", nameof(width));
        if (height <= 0)
            throw new ArgumentException("Invalid height value.", nameof(height));
        if (imagePixelData.Length != (long)width * height * 4)
            throw new ArgumentException($"Invalid {nameof(imagePixelData)} buffer size.");
        return new MLImage(width, height, pixelFormat, imagePixelData.ToArray());
    }

    public void Save(string imagePath)
    {
        CheckAlive();
        string extension = Path.GetExtension(imagePath).ToLowerInvariant();
        NativeImage.Format? format = extension switch
        {
            ".png" => NativeImage.Format.Png,
            ".jpg" or ".jpeg" => NativeImage.Format.Jpeg,
            ".bmp" or ".gif" or ".ico" or ".astc" or ".avif" or ".dng" or ".heif" or ".ktx" or ".pkm" or ".wbmp" or ".webp" => null,
            _ => throw new ArgumentException("Path has invalid image file extension.", nameof(imagePath)),
        };
        if (format == null)
            throw new ArgumentException($"Saving image with the format '{Path.GetExtension(imagePath)}' is not supported. Try save it with `Jpeg`, `Png`, or `Webp` format.", nameof(imagePath));
        File.WriteAllBytes(imagePath, NativeImage.Encode(ToStraightRgba(format == NativeImage.Format.Jpeg), _width, _height, format.Value, quality: 100));
    }

    public void Dispose() => _pixels = null;

    internal MLImage Resized(int width, int height, NativeImage.Filter filter)
    {
        CheckAlive();
        return new MLImage(width, height, _format, NativeImage.Resize(_pixels, _width, _height, width, height, filter));
    }

    /// <summary>A part of another size: what lies outside this image is opaque black.</summary>
    internal MLImage Window(int left, int top, int width, int height)
    {
        var window = new byte[checked(width * height * 4)];
        for (int alpha = 3; alpha < window.Length; alpha += 4)
            window[alpha] = 255;
        int first = Math.Max(0, left), end = Math.Min(_width, left + width);
        for (int y = Math.Max(0, top); y < Math.Min(_height, top + height) && first < end; y++)
            _pixels.AsSpan((y * _width + first) * 4, (end - first) * 4).CopyTo(window.AsSpan(((y - top) * width + first - left) * 4));
        return new MLImage(width, height, _format, window);
    }

    private static MLImage DecodeOrNull(byte[] data)
    {
        byte[] pixels = NativeImage.DecodeOrNull(data, out int width, out int height);
        if (pixels == null)
            return null;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            byte Multiplied(int value) => (byte)((value * alpha + 127) / 255);
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (Multiplied(pixels[i + 2]), Multiplied(pixels[i + 1]), Multiplied(pixels[i]));
        }
        return new MLImage(width, height, MLPixelFormat.Bgra32, pixels);
    }

    /// <summary>Red, green, blue, alpha, the alpha divided out; on black (opaque) where the format has no alpha.</summary>
    private byte[] ToStraightRgba(bool opaque)
    {
        (int red, int green, int blue) = ColorIndices;
        var result = new byte[_pixels.Length];
        for (int i = 0; i < result.Length; i += 4)
        {
            int alpha = opaque ? 255 : _pixels[i + 3];
            byte Divided(int value) => alpha == 0 ? (byte)0 : (byte)Math.Min(255, (value * 255 + alpha / 2) / alpha);
            (result[i], result[i + 1], result[i + 2], result[i + 3]) = (Divided(_pixels[i + red]), Divided(_pixels[i + green]), Divided(_pixels[i + blue]), (byte)alpha);
        }
        return result;
    }

    private void CheckAlive()
    {
        if (_pixels == null)
            throw new InvalidOperationException("Object is disposed.");
    }
}
