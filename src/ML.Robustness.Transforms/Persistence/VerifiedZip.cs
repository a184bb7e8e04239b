using System.IO.Compression;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Persistence;

/// <summary>The check of a model's ZIP file, which ML.NET and .NET read without its checksums.</summary>
internal static class VerifiedZip
{
    // Weights hardly shrink; texts of ML.NET's own steps do.
    private const int MostCompressed = 100;
    private const long AlwaysAllowed = 1 << 28;

    /// <summary>Reads each entry to its end, a piece at a time, and compares its length and checksum.</summary>
    /// <param name="file">The file, which is at its begin again afterwards.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <param name="what">What it should be.</param>
    /// <param name="advice">What to do about a file that is not whole, a sentence.</param>
    /// <exception cref="InvalidDataException">The file is no ZIP file, or damaged, or unpacks to far more than it is.</exception>
    internal static void Check(
        Stream file, string path, string what = "model file", string advice = "Save the model again, or fetch an undamaged copy.")
    {
        try
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            CheckLengths(zip, file.Length);
            var buffer = new byte[1 << 16];
            var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var entry in zip.Entries)
            {
                if (!names.Add(entry.FullName))
                    throw new InvalidDataException($"'{entry.FullName}' is in it twice");
                Check(entry, buffer);
            }

            ZipNames.Check(file, zip.Entries.Count);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or ArgumentException
            or NotSupportedException or OverflowException)
        {
            throw new InvalidDataException(
                $"'{path}' is not a whole {what}: {CheckedReader.Reason(error)}. {advice}", error);
        }

        file.Position = 0;
    }

    private static void CheckLengths(ZipArchive zip, long fileLength)
    {
        var length = 0L;
        foreach (var entry in zip.Entries)
        {
            if (entry.Length < 0 || entry.Length > long.MaxValue - length)
                throw new InvalidDataException($"'{entry.FullName}' claims {entry.Length} bytes");
            length += entry.Length;
        }

        if (length > AlwaysAllowed && length / MostCompressed > fileLength)
            throw new InvalidDataException(
                $"it claims {length} bytes unpacked, more than {MostCompressed} times the {fileLength} bytes of the file");
    }

    private static void Check(ZipArchiveEntry entry, byte[] buffer)
    {
        using var content = entry.Open();
        var (length, checksum) = (0L, uint.MaxValue);
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            length += read;
            if (length > entry.Length)
                throw new InvalidDataException($"'{entry.FullName}' is longer than its {entry.Length} bytes");
            checksum = Crc32.Append(checksum, buffer.AsSpan(0, read));
        }

        if (length != entry.Length || ~checksum != entry.Crc32)
            throw new InvalidDataException($"'{entry.FullName}' does not have its checksum");
    }
}
