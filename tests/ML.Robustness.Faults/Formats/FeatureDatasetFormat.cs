using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.FeatureDatasetFiles;

namespace ML.Robustness.Faults.Formats;

/// <summary>The file of a feature data set, or its beginning that a later call resumes.</summary>
internal sealed class FeatureDatasetFormat(bool isPartial) : FileFormat
{
    private const int Rows = 20, RowsPerBlock = 8, Hash = SHA256.HashSizeInBytes, Prefix = 16, Length = 6;
    private const int BlockLength = RowsPerBlock * (Length * sizeof(float) + sizeof(float));

    private readonly MLContext _ml = new(seed: 1);

    internal override string Name => isPartial ? "feature data set, partial" : "feature data set";

    internal override bool HasChecksum => true;

    internal override IReadOnlyList<SealedPart> Parts => [new("header", HeaderOf(Honest), false, SealHeader)];

    private IDataView Data => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(row => new Row
    {
        Label = row % 3,
        Features = [.. Enumerable.Range(0, Length).Select(i => 0.01f * (row + i))],
    }));

    internal override string Read(string path)
    {
        if (!isPartial)
            return ContentDigest.Of(_ml.Data.LoadFeatureDataset(path));
        var whole = path + ".whole";
        try
        {
            File.Move(path, whole + ".partial", overwrite: true);
            Save(whole, Data);
            return ContentDigest.Of(_ml.Data.LoadFeatureDataset(whole));
        }
        finally
        {
            File.Delete(whole);
            File.Delete(whole + ".partial");
        }
    }

    // InvalidOperationException: the beginning of another data set.
    internal override bool IsDocumented(Exception error) =>
        error is InvalidDataException || (isPartial && error is InvalidOperationException);

    private void Save(string path, IDataView data) => _ml.Data.SaveFeatureDataset(data, path,
        new FeatureDatasetFileOptions { Kind = "example", SourceDescription = "numbers", RowsPerBlock = RowsPerBlock });

    private protected override byte[] Make()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("file");
        Save(path, Data);
        var bytes = File.ReadAllBytes(path);
        return isPartial ? bytes[..(HeaderOf(bytes).Length + Hash + BlockLength + Hash + 10)] : bytes;
    }

    private static byte[] HeaderOf(byte[] file) =>
        file[..(Prefix + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(Prefix - sizeof(int))))];

    /// <summary>The file with another header, its length and all checksums that the header goes into.</summary>
    private byte[] SealHeader(byte[] header)
    {
        var honest = Honest;
        if (header.Length >= Prefix)
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Prefix - sizeof(int)), header.Length - Prefix);
        var digest = SHA256.HashData(header);
        var blocks = honest[(HeaderOf(honest).Length + Hash)..];
        if (isPartial)
            return [.. header, .. digest, .. blocks];
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        whole.AppendData(digest);
        var end = blocks.Length - sizeof(long) - Hash;
        for (var start = 0; start < end; start += BlockLength + Hash)
        {
            var last = Math.Min(start + BlockLength + Hash, end);
            whole.AppendData(blocks.AsSpan(last - Hash, Hash));
        }
        whole.AppendData(blocks.AsSpan(end, sizeof(long)));
        return [.. header, .. digest, .. blocks.AsSpan(0, end + sizeof(long)), .. whole.GetHashAndReset()];
    }

    private sealed class Row
    {
        public float Label { get; set; }

        [VectorType(Length)]
        public float[] Features { get; set; } = [];
    }
}
