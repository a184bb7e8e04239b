using System.Buffers.Binary;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>The content of files in the IDX format.</summary>
internal static class IdxFile
{
    /// <summary>Two zeros, the type, the number of dimensions, their sizes, the values.</summary>
    public static byte[] Content(int[] sizes, byte[] values, byte type = 0x08)
    {
        var header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (type, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. values];
    }
}
