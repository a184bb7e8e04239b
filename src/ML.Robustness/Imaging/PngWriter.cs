using System.Buffers.Binary;
using System.IO.Compression;
using ML.Robustness.Persistence;

namespace ML.Robustness.Imaging;

/// <summary>
/// Writes PNG files (<see href="https://www.w3.org/TR/png/"/>), so that an image needs neither a temporary file nor a native
/// codec.
/// </summary>
internal static class PngWriter
{
    private const byte BitsPerChannel = 8, ColorsWithAlpha = 6;

    internal static void Write(Stream file, RgbImage image)
    {
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        (header[8], header[9]) = (BitsPerChannel, ColorsWithAlpha);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compressed(image));
        WriteChunk(file, "IEND"u8, []);
    }

    // Each line begins with the number of its filter: 1, every byte as its difference to the same channel one pixel to the left.
    private static ReadOnlySpan<byte> Compressed(RgbImage image)
    {
        var content = new MemoryStream();
        using (var packed = new ZLibStream(content, CompressionLevel.Optimal, leaveOpen: true))
        {
            var stride = image.Rgba.Length / image.Height;
            var line = new byte[stride + 1];
            line[0] = 1;
            for (var y = 0; y < image.Height; y++)
            {
                var pixels = image.Rgba.AsSpan(y * stride, stride);
                for (var i = 0; i < stride; i++)
                    line[i + 1] = (byte)(pixels[i] - (i < 4 ? 0 : pixels[i - 4]));
                packed.Write(line);
            }
        }

        return content.GetBuffer().AsSpan(0, (int)content.Length);
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(name);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc32.Append(Crc32.Append(uint.MaxValue, name), content));
        file.Write(number);
    }
}
