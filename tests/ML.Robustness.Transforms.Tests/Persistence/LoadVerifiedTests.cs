using System.IO.Compression;
using System.Reflection;
using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>Loading a model whose file is verified first.</summary>
public sealed class LoadVerifiedTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Steps => StepTable.Names;

    private string Target => _folder.PathOf("model.zip");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AWholeFile_GivesTheModelAndItsSchema()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        _ml.Model.SaveAtomically(classifier, TwoDimensionalClasses.Keyed(_ml).Schema, Target);
        using var loaded = (NeuralClassifierTransformer)_ml.Model.LoadVerified(Target, out var schema);
        Assert.Equal(TwoDimensionalClasses.Weights(classifier), TwoDimensionalClasses.Weights(loaded));
        Assert.Contains(schema!, column => column.Name == "Features");
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void ADamagedFile_OfEachStep_IsRefused_OrHasNothingDamagedThatCounts(string name)
    {
        Save(name);
        var whole = File.ReadAllBytes(Target);
        var content = Content();
        foreach (var damaged in Mutations.Flipped(whole, 40).Concat(Mutations.Cut(whole, 12)))
        {
            File.WriteAllBytes(Target, damaged);
            try
            {
                using (_ml.Model.LoadVerified(Target, out _) as IDisposable)
                    Assert.Equal(content, Content());
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith($"'{Target}' ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void AChangedHeader_ThrowsTheStepsOwnError_WhereLoadThrowsMlNets()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        _ml.Model.Save(classifier, null, Target);
        using (var zip = ZipFile.Open(Target, ZipArchiveMode.Update))
            zip.Entries.Single(entry => entry.Name == "Weights.bin").Delete();
        var plain = Assert.Throws<TargetInvocationException>(() => _ml.Model.Load(Target, out _));
        Assert.IsType<InvalidDataException>(plain.InnerException);
        Assert.StartsWith(
            $"'{Target}' cannot be loaded. The model file cannot be read as RobustClassifier: it has no 'Weights.bin'",
            Assert.Throws<InvalidDataException>(() => _ml.Model.LoadVerified(Target, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AForeignFile_IsRefused()
    {
        File.WriteAllText(Target, "not a model");
        Assert.StartsWith($"'{Target}' is not a whole model file",
            Assert.Throws<InvalidDataException>(() => _ml.Model.LoadVerified(Target, out _)).Message, StringComparison.Ordinal);
        File.Delete(Target);
        using (var zip = ZipFile.Open(Target, ZipArchiveMode.Create))
            zip.CreateEntry("something").Open().Dispose();
        Assert.Throws<InvalidDataException>(() => _ml.Model.LoadVerified(Target, out _));
        File.Delete(Target);
        Assert.Throws<FileNotFoundException>(() => _ml.Model.LoadVerified(Target, out _));
    }

    [Fact]
    public void ANetworkThatIsNotRegistered_IsNamed()
    {
        ModelArchitecture.Register("passing", (shape, classes) => Sequential(Linear(shape.Length, classes)));
        using var classifier = TwoDimensionalClasses.Fitted(_ml,
            options => (options.Epochs, options.Architecture) = (1, ModelArchitecture.Registered("passing")));
        _ml.Model.Save(classifier, null, Target);
        ModelArchitecture.Register("passing", (_, _) => null!);
        Assert.Contains("The factory of 'passing' returned null",
            Assert.Throws<InvalidOperationException>(() => _ml.Model.LoadVerified(Target, out _)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatUnpacksToFarMoreThanItIs_IsRefused_BeforeItIsUnpacked()
    {
        using (var zip = ZipFile.Open(Target, ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("TransformerChain/Model.key").Open())
        {
            for (var i = 0; i < 300; i++)
                entry.Write(new byte[1 << 20]);
        }

        var allocated = Mutations.Allocated(() => Assert.Contains("more than 100 times",
            Assert.Throws<InvalidDataException>(() => _ml.Model.LoadVerified(Target, out _)).Message, StringComparison.Ordinal));
        Assert.InRange(allocated, 0, 1 << 22);
    }

    private void Save(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        _ml.Model.Save(fitted, null, Target);
    }

    /// <summary>What the entries of the file hold.</summary>
    private List<string> Content()
    {
        using var zip = ZipFile.OpenRead(Target);
        return [.. zip.Entries.Select(entry =>
        {
            using var stream = entry.Open();
            return $"{entry.FullName} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream))}";
        })];
    }
}
