using System.IO.Compression;

namespace ML.Robustness.Persistence;

/// <summary>The unpacked content of a gzip file, whose end shows whether the file is whole.</summary>
/// <remarks>
/// .NET does not miss the trailer of a file that was cut, nor what follows one that was not. So a last part of our own is put
/// behind the file, which comes out, as its last bytes, only where all before it is whole and has its checksum.
/// </remarks>
internal sealed class GzipContent : ForwardStream
{
    private static readonly byte[] Last = "ML.Robustness end"u8.ToArray();
    private static readonly byte[] LastPart = Pack(Last);

    private readonly string _path;
    private readonly GZipStream _unpacked;
    private readonly byte[] _ahead = new byte[Last.Length];
    private bool _isBegun;

    internal GzipContent(string path, Stream file) =>
        (_path, _unpacked) = (path, new GZipStream(new Appended(file), CompressionMode.Decompress));

    /// <summary>Reads what is there.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or cut short, or something follows its content.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        try
        {
            return ReadBehind(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(
                $"'{_path}' is damaged or cut short: expected sound gzip data, got '{error.Message}'. Fetch the file again.",
                error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _unpacked.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Keeps as many bytes back as the last part has.</summary>
    private int ReadBehind(Span<byte> buffer)
    {
        if (!_isBegun && _unpacked.ReadAtLeast(_ahead, _ahead.Length, throwOnEndOfStream: false) < _ahead.Length)
            throw new InvalidDataException("no end");
        _isBegun = true;
        var read = _unpacked.Read(buffer);
        if (read == 0)
            return _ahead.AsSpan().SequenceEqual(Last) ? 0 : throw new InvalidDataException("no end");
        Span<byte> tail = stackalloc byte[Last.Length];
        if (read >= tail.Length)
        {
            buffer[(read - tail.Length)..read].CopyTo(tail);
            buffer[..(read - tail.Length)].CopyTo(buffer[tail.Length..]);
            _ahead.CopyTo(buffer);
        }
        else
        {
            _ahead.AsSpan(read).CopyTo(tail);
            buffer[..read].CopyTo(tail[(tail.Length - read)..]);
            _ahead.AsSpan(0, read).CopyTo(buffer);
        }

        tail.CopyTo(_ahead);
        return read;
    }

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(content);
        return packed.ToArray();
    }

    /// <summary>A file with the last part behind it.</summary>
    private sealed class Appended(Stream file) : ForwardStream
    {
        private readonly MemoryStream _last = new(LastPart);
        private bool _isEmpty = true;

        public override int Read(Span<byte> buffer)
        {
            var read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            _isEmpty &= read == 0;
            if (_isEmpty && buffer.Length > 0)
                throw new InvalidDataException("an empty file");
            return read + _last.Read(buffer[read..]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file.Dispose();
                _last.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
