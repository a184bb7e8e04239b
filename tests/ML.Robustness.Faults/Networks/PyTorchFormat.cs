using System.IO.Compression;
using ML.Robustness.Faults.Formats;
using ML.Robustness.PyTorch.Weights;

namespace ML.Robustness.Faults.Networks;

/// <summary>PyTorch's weights, in a file of <c>torch.save</c> or of safetensors.</summary>
internal sealed class PyTorchFormat(string extension) : FileFormat
{
    private const string Pickle = ".pth";

    internal override string Name => $"weights {extension}";

    // A zip has checksums, a safetensors file has none.
    internal override bool HasChecksum => extension == Pickle;

    internal override IReadOnlyList<SealedPart> Parts => field ??= extension == Pickle ? [PickleOf(Honest)] : [];

    internal override string Read(string path)
    {
        using var network = SmallProblem.Network(seed: 5);
        PyTorchWeights.Load(network, path);
        return ContentDigest.Of(network);
    }

    private protected override byte[] Make()
    {
        using var folder = new TemporaryFolder();
        using var network = SmallProblem.Network(seed: 3);
        var path = folder.PathOf($"weights{extension}");
        PyTorchWeights.Save(network, path);
        return File.ReadAllBytes(path);
    }

    private static SealedPart PickleOf(byte[] file)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        using var pickle = archive.Entries.Single(entry => entry.Name == "data.pkl").Open();
        using var content = new MemoryStream();
        pickle.CopyTo(content);
        return new SealedPart("pickle", content.ToArray(), false, made => With(file, made));
    }

    private static byte[] With(byte[] file, byte[] pickle)
    {
        using var stream = new MemoryStream();
        using (var made = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        using (var archive = new ZipArchive(new MemoryStream(file)))
        {
            foreach (var entry in archive.Entries)
            {
                using var target = made.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                using var source = entry.Name == "data.pkl" ? new MemoryStream(pickle) : entry.Open();
                source.CopyTo(target);
            }
        }
        return stream.ToArray();
    }
}
