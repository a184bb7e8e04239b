using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>The codec and the resampler of native/image.c. Pixels are red, green, blue, alpha, with the alpha not multiplied in.</summary>
internal static unsafe partial class NativeImage
{
    private const string Library = "MLImage";
    private const int ErrorSize = 256;

    public enum Format
    {
        Png = 0,
        Jpeg = 1,
    }

    public enum Filter
    {
        Nearest = 0,
        Cubic = 1,
    }

    /// <summary>The pixels of an encoded image, or null where it is none that the codec can read.</summary>
    public static byte[] DecodeOrNull(byte[] data, out int width, out int height)
    {
        byte* error = stackalloc byte[ErrorSize];
        byte* pixels;
        fixed (byte* start = data)
        fixed (int* w = &width, h = &height)
        {
            if (mlimage_decode(start, data.Length, w, h, &pixels, error, ErrorSize) != 0)
                return null;
        }
        try
        {
            return new ReadOnlySpan<byte>(pixels, width * height * 4).ToArray();
        }
        finally
        {
            mlimage_free(pixels);
        }
    }

    public static byte[] Encode(byte[] pixels, int width, int height, Format format, int quality)
    {
        byte* error = stackalloc byte[ErrorSize];
        byte* bytes;
        int size;
        fixed (byte* start = pixels)
            Check(mlimage_encode(start, width, height, (int)format, quality, &bytes, &size, error, ErrorSize), "encode", error);
        try
        {
            return new ReadOnlySpan<byte>(bytes, size).ToArray();
        }
        finally
        {
            mlimage_free(bytes);
        }
    }

    public static byte[] Resize(byte[] source, int sourceWidth, int sourceHeight, int width, int height, Filter filter)
    {
        byte* error = stackalloc byte[ErrorSize];
        var target = new byte[checked(width * height * 4)];
        fixed (byte* from = source, to = target)
            Check(mlimage_resize(from, sourceWidth, sourceHeight, to, width, height, (int)filter, error, ErrorSize), "resize", error);
        return target;
    }

    private static void Check(int status, string what, byte* error)
    {
        if (status != 0)
            throw new InvalidOperationException($"Couldn't {what} the image: {Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error))}");
    }

    [LibraryImport(Library)]
    private static partial int mlimage_decode(byte* data, int size, int* width, int* height, byte** pixels, byte* error, int errorSize);

    [LibraryImport(Library)]
    private static partial int mlimage_encode(byte* pixels, int width, int height, int format, int quality, byte** bytes, int* size, byte* error, int errorSize);

    [LibraryImport(Library)]
    private static partial int mlimage_resize(byte* source, int sourceWidth, int sourceHeight, byte* target, int width, int height, int filter, byte* error, int errorSize);

    [LibraryImport(Library)]
    private static partial void mlimage_free(byte* memory);
}
