using System.IO.Compression;
using System.Text;
using ML.Robustness.PyTorch.Files;
using ML.Robustness.PyTorch.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Tests.Files;

/// <summary>The zip files of <c>torch.save</c>, and what only looks like them.</summary>
public sealed class TorchArchiveTests : IDisposable
{
    private static readonly byte[] Weights = WeightFiles.Bytes<float>(1, 2, 3, 4);

    private static readonly byte[] State = Pickle.StateDictionary(("w", pickle => pickle.Tensor("0", 4, 1, [3], [1]))).Bytes;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionLevel.NoCompression, "")]
    [InlineData(CompressionLevel.Optimal, "model/")]
    [InlineData(CompressionLevel.Optimal, "a/b/")]
    public void Tensors_AreRead_WhateverTheFolderAndTheCompression(CompressionLevel level, string folder)
    {
        using var scope = NewDisposeScope();
        using var file = WeightFile.Open(Write(
            WeightFiles.Archive(level, (folder + "data.pkl", State), (folder + "data/0", Weights))));
        Assert.Equal([2f, 3f, 4f], file.Dictionaries.Single().Tensors["w"].Read().data<float>().ToArray());
    }

    [Fact]
    public void TorchScript_IsRefused_WithTheMethodThatReadsIt()
    {
        foreach (var part in new[] { "constants.pkl", "code/__torch__.py" })
            Assert.Contains("is TorchScript, a network with its code: use FromTorchScript or TorchScriptNetwork.Load.",
                Refused(WeightFiles.Archive(State, ("data/0", Weights), (part, [1]))), StringComparison.Ordinal);
    }

    [Fact]
    public void OldFiles_AreRefused_WithTheLineThatSavesThemAgain()
    {
        var old = new Pickle().Protocol().Add(0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19).Stop().Bytes;
        Assert.Contains("as torch.save wrote it before PyTorch 1.6. Save it again in Python: "
            + "torch.save(torch.load(path, weights_only=True), path).", Refused(old), StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFiles_AreRefused()
    {
        Assert.Contains("it begins with nothing", Refused([]), StringComparison.Ordinal);
        Assert.Contains("it begins with 476172626167", Refused(Encoding.ASCII.GetBytes("Garbage")[..6]),
            StringComparison.Ordinal);
        Assert.Contains("a zip file with 0 parts named data.pkl",
            Refused(WeightFiles.Archive(CompressionLevel.Optimal, ("model.json", [1]))), StringComparison.Ordinal);
        Assert.Contains("a zip file with 2 parts named data.pkl",
            Refused(WeightFiles.Archive(CompressionLevel.Optimal, ("a/data.pkl", State), ("b/data.pkl", State))),
            StringComparison.Ordinal);
        Assert.Contains("'archive/data/0' is in it twice",
            Refused(WeightFiles.Archive(State, ("data/0", Weights), ("data/0", Weights))), StringComparison.Ordinal);
        Assert.Contains("has the byte order 'big', where 'little' is read", Refused(WeightFiles.Archive(
            CompressionLevel.NoCompression, ("data.pkl", State), ("data/0", Weights), ("byteorder", "big"u8.ToArray()))),
            StringComparison.Ordinal);
        Assert.Contains("holds no state dictionary", Refused(WeightFiles.Archive(new Pickle().Add('}').Stop().Bytes)),
            StringComparison.Ordinal);
        Assert.Contains("holds no state dictionary", Refused(WeightFiles.Archive(new Pickle().Whole(3).Stop().Bytes)),
            StringComparison.Ordinal);
        Assert.Contains("holds a pickle of 16777217 bytes, where up to 16777216 are read",
            Refused(WeightFiles.Archive(new byte[(1 << 24) + 1])), StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFiles_AreFileNotFound() =>
        Assert.Throws<FileNotFoundException>(() => WeightFile.Open(_folder.PathOf("missing.pth")));

    [Fact]
    public void Parts_ThatClaimMoreThanTheFileHolds_AreRefused_BeforeAnythingIsAllocated()
    {
        var file = WeightFiles.Archive(State, ("data/0", Weights));
        // The length of data/0 in the directory at the end: unpacked, and packed and unpacked.
        var entry = Last(file, "archive/data/0") - 46;
        foreach (var places in new[] { new[] { 24 }, [20, 24] })
        {
            var claimed = (byte[])file.Clone();
            foreach (var place in places)
                BitConverter.GetBytes(0x70000000).CopyTo(claimed, entry + place);
            var path = Write(claimed);
            Assert.InRange(Mutations.Allocated(
                () => Assert.Throws<InvalidDataException>(() => WeightFile.Open(path))), 0, 1_000_000);
        }
    }

    [Fact]
    public void Bombs_AreRefused()
    {
        // 300 MB of zeros in 300 kB.
        var path = _folder.PathOf("bomb.pth");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using (var part = zip.CreateEntry("a/data.pkl").Open())
                part.Write(State);
            using var storage = zip.CreateEntry("a/data/0").Open();
            for (var i = 0; i < 300; i++)
                storage.Write(new byte[1 << 20]);
        }

        Assert.Contains("more than 100 times the", Assert.Throws<InvalidDataException>(() => WeightFile.Open(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedFiles_AreRefused_OrRight()
    {
        using var scope = NewDisposeScope();
        var file = WeightFiles.Archive(State, ("data/0", Weights));
        var refused = 0;
        foreach (var damaged in Mutations.All(file))
        {
            try
            {
                using var open = WeightFile.Open(Write(damaged));
                Assert.Equal([2f, 3f, 4f], open.Dictionaries.Single().Tensors["w"].Read().data<float>().ToArray());
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 200, 450);
    }

    private static int Last(byte[] file, string name) => file.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(name));

    private string Write(byte[] content) => _folder.Write("weights.pth", content);

    private string Refused(byte[] content)
    {
        var path = Write(content);
        var error = Assert.Throws<InvalidDataException>(() => WeightFile.Open(path).Dispose()).Message;
        Assert.StartsWith($"'{path}' ", error, StringComparison.Ordinal);
        return error;
    }
}
