using ML.Robustness.Persistence;

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
        return isCompressed ? new GzipContent(path, file) : file;
    }

    /// <summary>Reads until the buffer is full or the content ends.</summary>
    public static int ReadFully(Stream stream, Span<byte> buffer) =>
        stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);

    /// <summary>Reads a compressed file to its end, which shows whether it is whole and as long as its header says.</summary>
    public static void CheckWhole(string path, long expected)
    {
        using var content = OpenContent(path, isCompressed: true);
        var buffer = new byte[1 << 16];
        var length = 0L;
        for (int read; (read = ReadFully(content, buffer)) > 0;)
        {
            length += read;
            if (length > expected)
                throw TooLong(path, expected);
        }

        if (length < expected)
            throw new InvalidDataException(
                $"'{path}' is cut short: its header asks for {expected} bytes, but it has {length}. Fetch the file again.");
    }

    public static InvalidDataException TooLong(string path, long expected) => new(
        $"'{path}' is too long: its header asks for {expected} bytes, but it has more. Fetch the file again.");

    public InvalidDataException CutShort(int record) => new(
        $"'{Path}' is cut short: expected {Records} records of {RecordLength} bytes, but record {record} is not whole. "
        + "Fetch the file again.");
}
