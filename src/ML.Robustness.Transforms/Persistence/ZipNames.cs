using System.Buffers.Binary;

namespace ML.Robustness.Transforms.Persistence;

/// <summary>The names of a ZIP file's entries, which have no checksum but stand in the file twice.</summary>
/// <remarks>A part under another name would count as absent, and some parts of a model may be absent.</remarks>
internal static class ZipNames
{
    private const int EndLength = 22, DirectoryLength = 46, LocalLength = 30;
    private const uint EndMark = 0x06054B50, DirectoryMark = 0x02014B50, LocalMark = 0x04034B50;

    // Files of 4 GB and more tell their places elsewhere; .NET has found those entries already.
    private const uint Elsewhere = uint.MaxValue;

    /// <summary>Compares each name in the directory at the end of the file with that before the entry.</summary>
    /// <exception cref="InvalidDataException">Two differ, or a part of the file is not where it should be.</exception>
    internal static void Check(Stream file, int entries)
    {
        var end = Read(file, file.Length - EndLength, EndLength);
        if (Number(end, 0) != EndMark)
            throw new InvalidDataException("something follows its end");
        long place = Number(end, 16);
        for (var entry = 0; entry < entries && place != Elsewhere; entry++)
        {
            var header = Read(file, place, DirectoryLength);
            if (Number(header, 0) != DirectoryMark)
                throw new InvalidDataException("its directory is damaged");
            var (name, extra, comment) = (Length(header, 28), Length(header, 30), Length(header, 32));
            if (Number(header, 42) is var local && local != Elsewhere)
                Compare(file, Read(file, place + DirectoryLength, name), local);
            place += DirectoryLength + name + extra + comment;
        }
    }

    private static void Compare(Stream file, byte[] name, uint local)
    {
        var header = Read(file, local, LocalLength);
        if (Number(header, 0) != LocalMark || Length(header, 26) != name.Length
            || !Read(file, local + (long)LocalLength, name.Length).AsSpan().SequenceEqual(name))
            throw new InvalidDataException($"the name '{System.Text.Encoding.UTF8.GetString(name)}' stands in it in two ways");
    }

    private static byte[] Read(Stream file, long place, int length)
    {
        if (place < 0 || place > file.Length - length)
            throw new InvalidDataException("its directory points beyond it");
        file.Position = place;
        var bytes = new byte[length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static uint Number(byte[] bytes, int place) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(place));

    private static int Length(byte[] bytes, int place) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(place));
}
