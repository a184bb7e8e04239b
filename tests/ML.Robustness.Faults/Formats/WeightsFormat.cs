using ML.Robustness.Models;

namespace ML.Robustness.Faults.Formats;

/// <summary>The weights of a network by themselves.</summary>
internal sealed class WeightsFormat : FileFormat
{
    internal override string Name => "weights";

    internal override bool HasChecksum => true;

    internal override IReadOnlyList<SealedPart> Parts => WeightSections.Parts(Honest, static made => made);

    internal override string Read(string path)
    {
        using var network = SmallProblem.Network(seed: 5);
        using var file = File.OpenRead(path);
        ModelWeights.Read(file, network);
        return ContentDigest.Of(network);
    }

    private protected override byte[] Make()
    {
        using var network = SmallProblem.Network(seed: 3);
        using var stream = new MemoryStream();
        ModelWeights.Write(stream, network, SmallProblem.Architecture.ToString());
        return stream.ToArray();
    }
}
