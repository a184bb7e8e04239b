using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The writer of a feature data set: block by block to a temporary file, which is renamed when complete.</summary>
internal sealed class FeatureDatasetWriter : IDisposable
{
    private readonly OwnedPath _path;
    private readonly FeatureDatasetHeader _header;
    private readonly FileStream _stream;
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _rows; // in whole blocks
    private bool _isKept;

    private FeatureDatasetWriter(OwnedPath path, FeatureDatasetHeader header)
    {
        (_path, _header) = (path, header);
        // Without a buffer, nothing is left to be written when the stream is disposed on a full disk.
        _stream = Guard(() => new FileStream(Partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0));
    }

    private string Partial => _path.Partial;

    /// <exception cref="IOException">The file cannot be written, or another call is writing it.</exception>
    /// <exception cref="InvalidDataException">What lies beside the file is no feature data set, or altered.</exception>
    /// <exception cref="InvalidOperationException">What lies beside the file is the beginning of another one.</exception>
    internal static void Write(string path, FeatureDatasetHeader header, IDataView data, FeatureDatasetFileOptions options)
    {
        using var owned = OwnedPath.Take(path);
        using var writer = new FeatureDatasetWriter(owned, header);
        writer.Write(data, options);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _whole.Dispose();
        if (!_isKept)
            _path.DeletePartial();
    }

    private void Write(IDataView data, FeatureDatasetFileOptions options)
    {
        var bytes = _header.ToBytes();
        _isKept = true; // whatever lies there is not ours to delete until it is known to be
        var resumes = options.Resume && _header.IsIdentified;
        if (!resumes || !Guard(() => GoOn(bytes)))
        {
            _isKept = false;
            Guard(() => Start(bytes));
        }

        _isKept = resumes;

        var total = data.GetRowCount();
        options.Progress?.Report(new FeatureDatasetProgress(_rows, total));
        using (var cursor = _header.Record.OpenCursor(data))
            WriteRows(cursor, options, total);
        Guard(Finish);
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
        File.Move(Partial, _path.Path, overwrite: true);
    }

    private void WriteRows(DataViewRowCursor cursor, FeatureDatasetFileOptions options, long? total)
    {
        var write = _header.Record.WriterOf(cursor);
        // Rows that are in the file already are passed over: a lazy step does not compute what nobody asks for.
        for (var row = 0L; row < _rows; row++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            if (!cursor.MoveNext())
                throw new InvalidOperationException(
                    $"The data ends after {row} rows, but '{Partial}' holds {_rows} of an earlier call. Give the same data, " +
                    "or delete that file.");
        }

        var block = new byte[_header.BlockLength];
        var length = 0;
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            if (_rows + length / _header.Record.Length == int.MaxValue)
                throw new InvalidOperationException(
                    $"The data has more than {int.MaxValue} rows, the most that a file holds. Take fewer with TakeRows.");
            write(block.AsSpan(length, _header.Record.Length));
            length += _header.Record.Length;
            if (length + FeatureDatasetHeader.DigestLength < block.Length)
                continue;
            Append(block, length);
            length = 0;
            options.Progress?.Report(new FeatureDatasetProgress(_rows, total));
        }

        options.CancellationToken.ThrowIfCancellationRequested();
        if (length > 0)
            Append(block, length);
        options.Progress?.Report(new FeatureDatasetProgress(_rows, _rows));
    }

    private void Append(byte[] block, int length)
    {
        var digest = block.AsSpan(length, FeatureDatasetHeader.DigestLength);
        SHA256.HashData(block.AsSpan(0, length), digest);
        _whole.AppendData(digest);
        Guard(() =>
        {
            _stream.Write(block, 0, length + FeatureDatasetHeader.DigestLength);
            _stream.Flush();
        });
        _rows += length / _header.Record.Length;
    }

    private void Guard(Action write) => Guard(() =>
    {
        write();
        return true;
    });

    private T Guard<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw OwnedPath.Failure(_path.Path, error);
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
