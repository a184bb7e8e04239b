using System.Buffers.Binary;
using Microsoft.ML;

namespace ML.Robustness.Faults.Formats;

/// <summary>One of the two IDX files, with an undamaged other.</summary>
internal sealed class IdxFormat(bool isImages, bool isCompressed) : FileFormat
{
    // Large enough that a reader does not come to the end of a compressed file by itself.
    private const int Rows = 200, Side = 20;

    private readonly MLContext _ml = new(seed: 1);
    private readonly byte[] _images = File([Rows, Side, Side], static index => (byte)(index * index / 7)),
        _labels = File([Rows], static index => (byte)(index * index / 5 % 3));

    internal override string Name => $"IDX {(isImages ? "images" : "labels")}{(isCompressed ? " gz" : "")}";

    private protected override byte[] Make() => isCompressed ? SealedPart.Compress(Content) : Content;

    // The CRC-32 of gzip; the plain format has none.
    internal override bool HasChecksum => isCompressed;

    internal override IReadOnlyList<SealedPart> Parts => isCompressed ? [SealedPart.Compressed(Content)] : [];

    internal override IEnumerable<(string Name, byte[] File)> Crafted
    {
        get
        {
            var large = isImages ? File([int.MaxValue, 1, 1], []) : File([2_100_000_000], []);
            yield return ("2.1 G rows", isCompressed ? SealedPart.Compress([.. large, .. new byte[64 << 20]]) : large);
            var wide = File(isImages ? [1, 1 << 15, 1 << 15] : [int.MaxValue], []);
            yield return ("large rows", isCompressed ? SealedPart.Compress(wide) : wide);
            byte[] more = [.. Content, .. new byte[1000]];
            yield return ("more rows than the header says", isCompressed ? SealedPart.Compress(more) : more);
        }
    }

    private byte[] Content => isImages ? _images : _labels;

    internal override string Read(string path)
    {
        var other = path + ".other";
        System.IO.File.WriteAllBytes(other, isImages ? _labels : _images);
        try
        {
            return ContentDigest.Of(isImages ? _ml.Data.LoadFromIdx(path, other) : _ml.Data.LoadFromIdx(other, path));
        }
        finally
        {
            System.IO.File.Delete(other);
        }
    }

    private static byte[] File(int[] sizes, Func<int, byte> value) =>
        File(sizes, [.. Enumerable.Range(0, sizes.Aggregate(1, (product, size) => product * size)).Select(value)]);

    private static byte[] File(int[] sizes, byte[] values)
    {
        var header = new byte[4 + sizeof(int) * sizes.Length];
        (header[2], header[3]) = (8, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + sizeof(int) * i), sizes[i]);
        return [.. header, .. values];
    }
}
