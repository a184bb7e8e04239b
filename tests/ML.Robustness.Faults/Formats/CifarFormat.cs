using Microsoft.ML;

namespace ML.Robustness.Faults.Formats;

/// <summary>A file of CIFAR-10's binary version.</summary>
internal sealed class CifarFormat(bool isCompressed) : FileFormat
{
    private const int Rows = 4, RecordLength = 3073;

    private readonly MLContext _ml = new(seed: 1);
    private readonly byte[] _content = [.. Enumerable.Range(0, Rows * RecordLength).Select(index =>
        index % RecordLength == 0 ? (byte)(index / RecordLength) : (byte)(index * 13))];

    internal override string Name => isCompressed ? "CIFAR gz" : "CIFAR";

    private protected override byte[] Make() => isCompressed ? SealedPart.Compress(_content) : _content;

    internal override bool HasChecksum => isCompressed;

    internal override IReadOnlyList<SealedPart> Parts => isCompressed ? [SealedPart.Compressed(_content)] : [];

    internal override string Read(string path) => ContentDigest.Of(_ml.Data.LoadFromCifar10(path));
}
