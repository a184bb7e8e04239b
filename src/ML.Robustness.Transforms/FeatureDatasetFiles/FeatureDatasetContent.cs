using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The content of a feature data set's file: its manifest, and blocks that are checked when first read.</summary>
internal sealed class FeatureDatasetContent
{
    private readonly int _headerLength;
    private readonly byte[] _digests; // of the blocks
    private readonly bool[] _isSound;

    private FeatureDatasetContent(string path, FeatureDatasetHeader header, int headerLength, int rows, byte[] digests)
    {
        (Path, Header, _headerLength, Rows, _digests) = (path, header, headerLength, rows, digests);
        _isSound = new bool[digests.Length / FeatureDatasetHeader.DigestLength];
    }

    internal string Path { get; }

    internal FeatureDatasetHeader Header { get; }

    internal int Rows { get; }

    internal int Blocks => _isSound.Length;

    /// <summary>Reads the file without its rows.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no feature data set, of a newer format, cut short, or altered.
    /// </exception>
    internal static FeatureDatasetContent Open(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"The feature data set '{path}' does not exist. Give the path of a file that SaveFeatureDataset wrote.", path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12);
        if (FeatureDatasetHeader.Read(stream, path) is not var (header, bytes))
            throw CutShort(path);
        Span<byte> trailer = stackalloc byte[FeatureDatasetHeader.TrailerLength];
        var left = stream.Length - bytes.Length - trailer.Length;
        if (left < 0)
            throw CutShort(path);
        stream.Position = stream.Length - trailer.Length;
        stream.ReadExactly(trailer);
        var rows = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        if (rows is < 0 or > int.MaxValue || Blocks(rows) > Array.MaxLength / FeatureDatasetHeader.DigestLength
            || left != rows * header.Record.Length + Blocks(rows) * FeatureDatasetHeader.DigestLength)
            throw CutShort(path);

        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        whole.AppendData(bytes.AsSpan(bytes.Length - FeatureDatasetHeader.DigestLength));
        var content = new FeatureDatasetContent(path, header, bytes.Length, (int)rows,
            new byte[Blocks(rows) * FeatureDatasetHeader.DigestLength]);
        for (var block = 0; block < content.Blocks; block++)
        {
            stream.Position = content.StartOf(block) + content.RowsOf(block) * header.Record.Length;
            stream.ReadExactly(content.DigestOf(block));
        }

        whole.AppendData(content._digests);
        whole.AppendData(trailer[..sizeof(long)]);
        if (!whole.GetHashAndReset().AsSpan().SequenceEqual(trailer[sizeof(long)..]))
            throw new InvalidDataException(
                $"'{path}' was altered: its checksums do not have the checksum that they had when it was written. Restore the " +
                "file, or create it again.");
        return content;

        long Blocks(long count) => (count + header.RowsPerBlock - 1) / header.RowsPerBlock;
    }

    /// <summary>Whether a whole, undamaged file with this header exists.</summary>
    internal static bool IsFinished(string path, FeatureDatasetHeader header, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            var content = Open(path);
            if (content.Header.Difference(header) != null)
                return false;
            content.Verify(cancellation);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Reads and checks every block.</summary>
    internal void Verify(CancellationToken cancellation)
    {
        using var file = File.OpenHandle(Path);
        var buffer = new byte[Header.BlockLength];
        for (var block = 0; block < Blocks; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadBlock(file, block, buffer);
        }
    }

    internal int RowsOf(int block) => Math.Min(Header.RowsPerBlock, Rows - block * Header.RowsPerBlock);

    /// <summary>Reads a block and checks it.</summary>
    internal void ReadBlock(SafeFileHandle file, int block, Span<byte> target)
    {
        var rows = target[..(RowsOf(block) * Header.Record.Length)];
        Read(file, rows, StartOf(block));
        if (_isSound[block])
            return;
        if (!SHA256.HashData(rows).AsSpan().SequenceEqual(DigestOf(block)))
        {
            var first = block * Header.RowsPerBlock;
            throw new InvalidDataException(
                $"'{Path}' was altered: rows {first} to {first + RowsOf(block) - 1} do not have the checksum that they had " +
                    "when it was written. Restore the file, or create it again.");
        }

        _isSound[block] = true;
    }

    /// <summary>Reads one row. Its block is read and checked the first time that one of its rows is asked for.</summary>
    internal void ReadRow(SafeFileHandle file, int row, Span<byte> target)
    {
        var block = row / Header.RowsPerBlock;
        if (!_isSound[block])
            ReadBlock(file, block, new byte[RowsOf(block) * Header.Record.Length]);
        Read(file, target, StartOf(block) + (long)(row % Header.RowsPerBlock) * Header.Record.Length);
    }

    private Span<byte> DigestOf(int block) =>
        _digests.AsSpan(block * FeatureDatasetHeader.DigestLength, FeatureDatasetHeader.DigestLength);

    private long StartOf(int block) => _headerLength + (long)block * Header.BlockLength;

    private void Read(SafeFileHandle file, Span<byte> target, long offset)
    {
        for (int read; target.Length > 0; target = target[read..], offset += read)
        {
            read = RandomAccess.Read(file, target, offset);
            if (read == 0)
                throw CutShort(Path);
        }
    }

    private static InvalidDataException CutShort(string path) =>
        new(
            $"'{path}' is not a whole feature data set: it was cut short, or added to, after it was written. Restore the " +
            "file, or create it again.");
}
