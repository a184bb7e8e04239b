using System.IO.Compression;

namespace ML.Robustness.Transforms.Sources;

/// <summary>A file of records of one length after a header, compressed with gzip or not.</summary>
internal sealed record RecordFile(string Path, bool IsCompressed, int HeaderLength, int RecordLength, int Records)
{
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    public static bool CheckExistsAndDetectGzip(string path, string what)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"The {what} '{path}' does not exist. Give the path of a file that is on this machine, compressed with gzip or "
                + "not.", path);
        using var file = File.OpenRead(path);
        return file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
    }

    /// <summary>Opens the content from its start, unpacked.</summary>
    public static Stream OpenContent(string path, bool isCompressed)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>
    /// Reads until the buffer is full or the content ends; damage in a compressed file is reported by the file's name.
    /// </summary>
    public static int ReadFully(Stream stream, Span<byte> buffer, string path)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException(
                $"'{path}' is damaged or cut short: expected sound gzip data, got '{exception.Message}'. "
                + "Fetch the file again.", exception);
        }
    }

    public static InvalidDataException TooLong(string path, long expected) => new(
        $"'{path}' is too long: its header asks for {expected} bytes, but it has more. Fetch the file again.");

    public InvalidDataException CutShort(int record) => new(
        $"'{Path}' is cut short: expected {Records} records of {RecordLength} bytes, but record {record} is not whole. "
        + "Fetch the file again.");
}
