using System.IO.Compression;
using ML.Robustness.Persistence;

namespace ML.Robustness.Tests.Persistence;

public sealed class GzipContentTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(5000)]
    [InlineData(8160)]
    [InlineData(8192)]
    [InlineData(100_000)]
    public void Read_AWholeFile_GivesItsContent(int length)
    {
        var content = Noise(length);
        for (var more = 0; more < 40; more++)
        {
            // The end of the packed file comes to lie at every place of the buffers.
            byte[] longer = [.. content, .. Noise(more)];
            Assert.Equal(longer, Unpack(Pack(longer), 7 + (300 * more)));
        }
    }

    [Fact]
    public void Read_SeveralParts_GivesThemAll()
    {
        var (first, second) = (Noise(9000), Noise(300));
        Assert.Equal([.. first, .. second], Unpack([.. Pack(first), .. Pack(second)], 4096));
    }

    [Fact]
    public void Read_CutAnywhere_IsRefused()
    {
        var packed = Pack(Noise(300));
        for (var length = 0; length < packed.Length; length++)
            Assert.Throws<InvalidDataException>(() => Unpack(packed[..length], 64));
    }

    [Fact]
    public void Read_WithSomethingBehindIt_IsRefused()
    {
        var packed = Pack(Noise(300));
        Assert.Throws<InvalidDataException>(() => Unpack([.. packed, 0], 64));
        Assert.Throws<InvalidDataException>(() => Unpack([.. packed, .. new byte[600]], 64));
    }

    [Fact]
    public void Read_WithAnyBitOfItsContentOrTrailerTurnedOver_IsRefused_WhereItCounts()
    {
        const int HeaderLength = 10;
        var meaningless = 0;
        var content = Noise(200);
        var packed = Pack(content);
        for (var bit = 8 * HeaderLength; bit < 8 * packed.Length; bit++)
        {
            var copy = (byte[])packed.Clone();
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(content, Unpack(copy, 64));
                meaningless++;
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith("'a file' is damaged or cut short: ", error.Message, StringComparison.Ordinal);
            }
        }

        // Bits that fill a byte up before a block that begins with one.
        Assert.InRange(meaningless, 0, 14);
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(5).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(content);

        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed, int atOnce)
    {
        using var stream = new GzipContent("a file", new MemoryStream(packed));
        using var content = new MemoryStream();
        var buffer = new byte[atOnce];
        for (int read; (read = stream.Read(buffer)) > 0;)
            content.Write(buffer, 0, read);
        return content.ToArray();
    }
}
