namespace ML.Robustness.Persistence;

/// <summary>The checksum of ZIP and PNG files.</summary>
internal static class Crc32
{
    private static readonly uint[] Remainders = [.. Enumerable.Range(0, 256).Select(value => Remainder((uint)value))];

    /// <summary>Continues a checksum, which begins at all ones and is inverted at its end.</summary>
    internal static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            checksum = Remainders[(byte)(checksum ^ value)] ^ (checksum >> 8);
        return checksum;
    }

    private static uint Remainder(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1);
        return value;
    }
}
