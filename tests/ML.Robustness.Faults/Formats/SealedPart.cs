using System.IO.Compression;
using System.Security.Cryptography;

namespace ML.Robustness.Faults.Formats;

/// <summary>A part of a file behind a checksum.</summary>
/// <param name="Name">The part's name.</param>
/// <param name="Content">What the checksum covers.</param>
/// <param name="HasFixedLength">Whether the rest of the file holds only for this length.</param>
/// <param name="Seal">Makes a file of another content, with the right checksum.</param>
internal sealed record SealedPart(string Name, byte[] Content, bool HasFixedLength, Func<byte[], byte[]> Seal)
{
    /// <summary>A file that ends in the SHA-256 of all before.</summary>
    internal static SealedPart BeforeTrailingHash(byte[] file) =>
        new("content", file[..^SHA256.HashSizeInBytes], false, content => [.. content, .. SHA256.HashData(content)]);

    /// <summary>A compressed file.</summary>
    internal static SealedPart Compressed(byte[] content) => new("content", content, false, Compress);

    internal static byte[] Compress(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            zip.Write(content);
        return packed.ToArray();
    }
}
