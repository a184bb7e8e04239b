using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.ML;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>Model files whose headers were forged together with their checksums, of each step.</summary>
public sealed class ForgedStepTests : IDisposable
{
    // ML.NET's own header comes first.
    private const int Begin = 256 + sizeof(int);

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Steps => StepTable.Names;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Steps))]
    public void AForgedHeader_IsReadOrRefused(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var path = _folder.PathOf("model.zip");
        using (var fitted = step.Create(null).Fit(step.Data) as IDisposable)
            _ml.Model.Save((ITransformer?)fitted ?? step.Create(null).Fit(step.Data), null, path);
        var whole = File.ReadAllBytes(path);
        var key = Key(path);
        var length = BitConverter.ToInt32(key, Begin - sizeof(int));
        var header = key[Begin..(Begin + length)];
        foreach (var forged in Mutations.Flipped(header, 40).Concat(Mutations.BlownUp(header, 40)))
        {
            File.WriteAllBytes(path, whole);
            Entries.Change(path, "Model.key", bytes =>
            {
                forged.CopyTo(bytes, Begin);
                SHA256.HashData(forged).CopyTo(bytes, Begin + length);
            });
            var allocated = Mutations.Allocated(() => Load(path, step.Data.Schema));
            Assert.InRange(allocated, 0, 64 << 20);
        }
    }

    private void Load(string path, DataViewSchema schema)
    {
        ITransformer model;
        try
        {
            model = _ml.Model.LoadVerified(path, out _);
        }
        catch (InvalidDataException error)
        {
            Assert.StartsWith($"'{path}' ", error.Message, StringComparison.Ordinal);
            return;
        }

        using var owned = model as IDisposable;
        try
        {
            model.GetOutputSchema(schema);
        }
        catch (ArgumentException)
        {
            // Other columns than those of the data.
        }
    }

    private static byte[] Key(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        using var stream = zip.GetEntry("TransformerChain/Model.key")!.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
