using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ML.Robustness.Persistence;

/// <summary>The digest of numbered rows, which is the sum of the digests of its parts.</summary>
/// <remarks>
/// The sum modulo 2²⁵⁶ of the SHA-256 of each row with its number: an empty part adds nothing, and the numbers tell the order.
/// </remarks>
internal sealed class RowDigest : IDisposable
{
    private const int Words = SHA256.HashSizeInBytes / sizeof(ulong);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ulong[] _sum = new ulong[Words];

    /// <summary>Adds a row.</summary>
    /// <param name="row">Its number within the whole.</param>
    /// <param name="content">Its bytes, and</param>
    /// <param name="rest">more of them.</param>
    internal void Add(long row, ReadOnlySpan<byte> content, ReadOnlySpan<byte> rest = default)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, row);
        _hash.AppendData(bytes[..sizeof(long)]);
        _hash.AppendData(content);
        _hash.AppendData(rest);
        _hash.GetHashAndReset(bytes);
        Add(bytes);
    }

    /// <summary>The digest of the whole whose parts have these digests.</summary>
    internal static string Sum(IEnumerable<string> digests)
    {
        using var whole = new RowDigest();
        foreach (var digest in digests)
            whole.Add(Convert.FromHexString(digest));
        return whole.ToString();
    }

    /// <summary>The digest of the rows added so far, in hexadecimal.</summary>
    public override string ToString()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        for (var word = 0; word < Words; word++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(word * sizeof(ulong)), _sum[word]);
        return Convert.ToHexString(bytes);
    }

    public void Dispose() => _hash.Dispose();

    private void Add(ReadOnlySpan<byte> digest)
    {
        UInt128 carry = 0;
        for (var word = 0; word < Words; word++)
        {
            carry += (UInt128)_sum[word] + BinaryPrimitives.ReadUInt64LittleEndian(digest[(word * sizeof(ulong))..]);
            _sum[word] = (ulong)carry;
            carry >>= 64;
        }
    }
}
