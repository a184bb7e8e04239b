using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The writer of a feature data set: block by block to a temporary file, which is renamed when complete.</summary>
internal sealed class FeatureDatasetWriter : IDisposable
{
    private const string PartialSuffix = ".partial";

    private readonly string _path;
    private readonly FeatureDatasetHeader _header;
    private readonly FileStream _stream;
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _rows; // in whole blocks
    private bool _isKept;

    private FeatureDatasetWriter(string path, FeatureDatasetHeader header, FileStream stream) =>
        (_path, _header, _stream) = (path, header, stream);

    private string Partial => _path + PartialSuffix;

    /// <exception cref="IOException">The file cannot be written, or another call is writing it.</exception>
    /// <exception cref="InvalidDataException">What lies beside the file is no feature data set, or altered.</exception>
    /// <exception cref="InvalidOperationException">What lies beside the file is the beginning of another one.</exception>
    internal static void Write(string path, FeatureDatasetHeader header, IDataView data, FeatureDatasetFileOptions options)
    {
        using var writer = Open(path, header);
        writer.Write(data, options);
    }

    /// <summary>Writes records that are there already.</summary>
    /// <exception cref="IOException">The file cannot be written, or another call is writing it.</exception>
    internal static void Write(
        string path, FeatureDatasetHeader header, IEnumerable<ReadOnlyMemory<byte>> records, CancellationToken cancellation)
    {
        using var writer = Open(path, header);
        Guard(path, () => writer.Start(header.ToBytes()));
        writer.WriteRows(records, null, null, cancellation);
        Guard(path, writer.Finish);
        writer._isKept = true;
    }

    private static FeatureDatasetWriter Open(string path, FeatureDatasetHeader header)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (Directory.Exists(path))
            throw new IOException($"Cannot write '{path}': it is a folder. Give the path of a file.");
        if (!Directory.Exists(folder))
            throw new IOException($"Cannot write '{path}': the folder '{folder}' does not exist. Create it first.");
        FileStream? stream = null;
        Guard(path,
            () => stream = new FileStream(path + PartialSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None,
                1 << 16));
        return new FeatureDatasetWriter(path, header, stream!);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _whole.Dispose();
        if (!_isKept)
            File.Delete(Partial);
    }

    private void Write(IDataView data, FeatureDatasetFileOptions options)
    {
        var bytes = _header.ToBytes();
        _isKept = true; // whatever lies there is not ours to delete until it is known to be
        if (!options.Resume || !_header.IsIdentified || !GoOn(bytes))
            Guard(_path, () => Start(bytes));
        _isKept = options.Resume && _header.IsIdentified;

        var total = data.GetRowCount();
        options.Progress?.Report(new FeatureDatasetProgress(_rows, total));
        using (var cursor = _header.Record.OpenCursor(data))
        {
            var records = Records(cursor, options.CancellationToken);
            WriteRows(records, total, options.Progress, options.CancellationToken);
        }

        Guard(_path, Finish);
        _isKept = true;
    }

    private void Finish()
    {
        Span<byte> trailer = stackalloc byte[FeatureDatasetHeader.TrailerLength];
        BinaryPrimitives.WriteInt64LittleEndian(trailer, _rows);
        _whole.AppendData(trailer[..sizeof(long)]);
        _whole.GetHashAndReset(trailer[sizeof(long)..]);
        _stream.Write(trailer);
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(Partial, _path, overwrite: true);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Records(DataViewRowCursor cursor, CancellationToken cancellation)
    {
        var write = _header.Record.WriterOf(cursor);
        // Rows that are in the file already are passed over: a lazy step does not compute what nobody asks for.
        for (var row = 0L; row < _rows; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!cursor.MoveNext())
                throw new InvalidOperationException(
                    $"The data ends after {row} rows, but '{Partial}' holds {_rows} of an earlier call. Give the same data, " +
                    "or delete that file.");
        }

        var record = new byte[_header.Record.Length];
        while (cursor.MoveNext())
        {
            write(record);
            yield return record;
        }
    }

    private void WriteRows(
        IEnumerable<ReadOnlyMemory<byte>> records, long? total, IProgress<FeatureDatasetProgress>? progress,
        CancellationToken cancellation)
    {
        var block = new byte[_header.BlockLength];
        var length = 0;
        foreach (var record in records)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_rows + length / _header.Record.Length == int.MaxValue)
                throw new InvalidOperationException(
                    $"The data has more than {int.MaxValue} rows, the most that a file holds. Take fewer with TakeRows.");
            record.Span.CopyTo(block.AsSpan(length));
            length += _header.Record.Length;
            if (length + FeatureDatasetHeader.DigestLength < block.Length)
                continue;
            Append(block, length);
            length = 0;
            progress?.Report(new FeatureDatasetProgress(_rows, total));
        }

        cancellation.ThrowIfCancellationRequested();
        if (length > 0)
            Append(block, length);
        progress?.Report(new FeatureDatasetProgress(_rows, _rows));
    }

    private void Append(byte[] block, int length)
    {
        var digest = block.AsSpan(length, FeatureDatasetHeader.DigestLength);
        SHA256.HashData(block.AsSpan(0, length), digest);
        _whole.AppendData(digest);
        Guard(_path, () =>
        {
            _stream.Write(block, 0, length + FeatureDatasetHeader.DigestLength);
            _stream.Flush();
        });
        _rows += length / _header.Record.Length;
    }

    private static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Cannot write '{path}': {error.Message.TrimEnd('.')}. What the file held before is still there; make room, " +
                    "wait for the other writer or choose another path.", error);
        }
    }

    private void Start(byte[] header)
    {
        _stream.SetLength(0);
        _stream.Write(header);
        _stream.Flush();
        _whole.AppendData(header.AsSpan(header.Length - FeatureDatasetHeader.DigestLength));
    }

    /// <summary>Seeks to the end of the last whole block of an earlier call; false if there is not even a header.</summary>
    private bool GoOn(byte[] header)
    {
        if (FeatureDatasetHeader.Read(_stream, Partial) is not var (there, bytes))
            return false;
        if (_header.Difference(there) is var (what, here, its))
        {
            throw new InvalidOperationException(
                $"'{Partial}' is the beginning of another data set: {what} is {here} here, {its} there. Delete it to start " +
                    "from the first row, or give another path.");
        }

        if (!bytes.AsSpan().SequenceEqual(header))
            throw new InvalidDataException(
                $"'{Partial}' was not written by this version of the library. Delete it to start from the first row.");
        _whole.AppendData(header.AsSpan(header.Length - FeatureDatasetHeader.DigestLength));
        var block = new byte[_header.BlockLength];
        var content = block.Length - FeatureDatasetHeader.DigestLength;
        var end = _stream.Position;
        while (_stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) == block.Length
            && SHA256.HashData(block.AsSpan(0, content)).AsSpan().SequenceEqual(block.AsSpan(content)))
        {
            _whole.AppendData(block.AsSpan(content));
            _rows += _header.RowsPerBlock;
            end = _stream.Position;
        }

        _stream.SetLength(end);
        _stream.Position = end;
        return true;
    }
}
