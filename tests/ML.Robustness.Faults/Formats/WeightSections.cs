using System.Security.Cryptography;
using System.Text;

namespace ML.Robustness.Faults.Formats;

/// <summary>The sections of network weights in a stream: a table and values, each before its SHA-256.</summary>
internal static class WeightSections
{
    private const int Prefix = 12, Hash = SHA256.HashSizeInBytes;

    /// <summary>The first section's table and values as parts, whose files are made by <paramref name="rebuild"/>.</summary>
    internal static IReadOnlyList<SealedPart> Parts(byte[] stream, Func<byte[], byte[]> rebuild)
    {
        var tableLength = BitConverter.ToInt32(stream, Prefix - sizeof(int));
        var values = Prefix + tableLength + Hash;
        var length = LengthOf(stream.AsSpan(Prefix, tableLength));
        var (table, content, rest) = (stream[Prefix..(Prefix + tableLength)], stream[values..(values + length)],
            stream[(values + length + Hash)..]);
        return
        [
            new("table", table, false, made =>
            {
                byte[] start = [.. stream[..(Prefix - sizeof(int))], .. BitConverter.GetBytes(made.Length), .. made];
                return rebuild([.. start, .. SHA256.HashData(made), .. stream[values..]]);
            }),
            new("values", content, false, made =>
                rebuild([.. stream[..values], .. made, .. SHA256.HashData(made), .. rest])),
        ];
    }

    private static int LengthOf(ReadOnlySpan<byte> table)
    {
        using var reader = new BinaryReader(new MemoryStream(table.ToArray()), Encoding.UTF8);
        reader.ReadString();
        var bytes = 0L;
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            reader.ReadString();
            long size = reader.ReadSByte() switch { 0 or 1 or 11 => 1, 2 or 5 => 2, 3 or 6 => 4, _ => 8 };
            for (var dimensions = reader.ReadInt32(); dimensions > 0; dimensions--)
                size *= reader.ReadInt64();
            bytes += size;
        }
        return checked((int)bytes);
    }
}
