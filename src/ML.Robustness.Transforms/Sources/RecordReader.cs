using Microsoft.Win32.SafeHandles;

namespace ML.Robustness.Transforms.Sources;

/// <summary>Reads records of files that follow each other: uncompressed ones at any place, compressed ones forwards.</summary>
internal sealed class RecordReader(IReadOnlyList<RecordFile> files, int rowsInOrder) : IDisposable
{
    private const int BytesAhead = 1 << 18;

    private readonly byte[] _buffer =
        new byte[files[0].RecordLength * Math.Clamp(BytesAhead / files[0].RecordLength, 1, Math.Max(1, rowsInOrder))];
    private int _file = -1;
    private int _firstRecord; // of the open file, counted over all files
    private SafeFileHandle? _handle;
    private Stream? _stream;
    private int _bufferStart = -1; // record of the open file at the buffer's start
    private int _bufferCount;
    private bool _disposed;

    /// <summary>The bytes of a record, counted over all files; valid until the next call.</summary>
    public ReadOnlySpan<byte> Read(int record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Open(record);
        var file = files[_file];
        var local = record - _firstRecord;
        if (local < _bufferStart || local >= _bufferStart + _bufferCount)
            Fill(file, local);
        return _buffer.AsSpan((local - _bufferStart) * file.RecordLength, file.RecordLength);
    }

    public void Dispose()
    {
        Close();
        _disposed = true;
    }

    private void Open(int record)
    {
        if (_file >= 0 && record >= _firstRecord && record < _firstRecord + files[_file].Records)
            return;
        Close();
        _firstRecord = 0;
        for (_file = 0; record >= _firstRecord + files[_file].Records; _file++)
            _firstRecord += files[_file].Records;
        var file = files[_file];
        if (!file.IsCompressed)
        {
            _handle = File.OpenHandle(file.Path);
            return;
        }

        _stream = RecordFile.OpenContent(file.Path, isCompressed: true);
        if (RecordFile.ReadFully(_stream, new byte[file.HeaderLength]) < file.HeaderLength)
            throw file.CutShort(0);
        _bufferStart = 0;
    }

    private void Fill(RecordFile file, int record)
    {
        if (_handle != null)
        {
            var wanted = Math.Min(_buffer.Length / file.RecordLength, file.Records - record);
            Span<byte> target = _buffer.AsSpan(0, wanted * file.RecordLength);
            var offset = file.HeaderLength + (long)record * file.RecordLength;
            for (int read; target.Length > 0; target = target[read..], offset += read)
            {
                read = RandomAccess.Read(_handle, target, offset);
                if (read == 0)
                    throw file.CutShort(record);
            }

            (_bufferStart, _bufferCount) = (record, wanted);
            return;
        }

        do
        {
            _bufferStart += _bufferCount;
            var wanted = Math.Min(_buffer.Length / file.RecordLength, file.Records - _bufferStart);
            var bytes = RecordFile.ReadFully(_stream!, _buffer.AsSpan(0, wanted * file.RecordLength));
            _bufferCount = bytes / file.RecordLength;
            if (_bufferCount == 0 || (bytes < wanted * file.RecordLength && record >= _bufferStart + _bufferCount))
                throw file.CutShort(_bufferStart + _bufferCount);
            if (_bufferStart + _bufferCount == file.Records)
                CheckEnd(file);
        }
        while (record >= _bufferStart + _bufferCount);
    }

    // A file that is not compressed was measured when it was opened.
    private void CheckEnd(RecordFile file)
    {
        if (RecordFile.ReadFully(_stream!, new byte[1]) > 0)
            throw RecordFile.TooLong(file.Path, file.HeaderLength + (long)file.Records * file.RecordLength);
    }

    private void Close()
    {
        _handle?.Dispose();
        _stream?.Dispose();
        (_handle, _stream, _file, _bufferStart, _bufferCount) = (null, null, -1, -1, 0);
    }
}
