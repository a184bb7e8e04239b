using System.Security.Cryptography;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Models;
using ML.Robustness.Tests.AttackSuites;
using ML.Robustness.Tests.Training;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Persistence;

/// <summary>Every format of the engine, damaged: read as it was, or refused by the documented error.</summary>
public sealed class MutationTests : IDisposable
{
    private const long MostAllocated = 64 << 20;

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.PathOf("file.bin");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Checkpoint_Damaged_IsRefused()
    {
        Train();
        IsRefused(File.ReadAllBytes(Target), Train);
    }

    [Fact]
    public void Checkpoint_ForgedWithItsChecksum_IsRefusedOrTrained()
    {
        Train();
        IsReadOrRefused(Content(), Train);
    }

    [Fact]
    public void SuiteState_Damaged_IsRefused()
    {
        using var set = new AttackSuiteTestCase(12);
        void Run() => Attack(set);
        Run();
        IsRefused(File.ReadAllBytes(Target), Run);
    }

    [Fact]
    public void SuiteState_ForgedWithItsChecksum_IsRefusedOrUsed()
    {
        using var set = new AttackSuiteTestCase(12);
        void Run() => Attack(set);
        Run();
        IsReadOrRefused(Content(), Run);
    }

    [Fact]
    public void SuiteState_OfOtherRows_IsRefused()
    {
        using var set = new AttackSuiteTestCase(12);
        Attack(set);
        // The last row is left out, and the checksum made anew.
        var content = Content();
        var row = content.AsSpan().LastIndexOf(BitConverter.GetBytes(12));
        BitConverter.GetBytes(11).CopyTo(content, row);
        Write([.. content[..^32], .. content[^4..]]);
        Assert.Contains("it counts rows beyond its 11",
            Assert.Throws<InvalidDataException>(() => Attack(set)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_Damaged_AreRefused()
    {
        using var network = ModelArchitecture.ConvNet(2, 3).Create(new(1, 4, 4), 3, 1);
        using var content = new MemoryStream();
        ModelWeights.Write(content, network, "ConvNet(2, 3)");
        foreach (var damaged in Mutations.All(content.ToArray()).Where(bytes => !bytes.AsSpan().SequenceEqual(content.ToArray())))
            Assert.Throws<InvalidDataException>(() => ModelWeights.Read(new MemoryStream(damaged), network));
    }

    [Fact]
    public void Weights_WithAForgedTable_AreRefused_WithoutAllocatingIt()
    {
        const int Begin = 12;
        using var network = ModelArchitecture.ConvNet(2, 3).Create(new(1, 4, 4), 3, 1);
        using var content = new MemoryStream();
        ModelWeights.Write(content, network, "");
        var whole = content.ToArray();
        var length = BitConverter.ToInt32(whole, 8);
        foreach (var table in Mutations.All(whole[Begin..(Begin + length)]))
        {
            byte[] forged = [.. whole[..8], .. BitConverter.GetBytes(table.Length), .. table, .. SHA256.HashData(table),
                .. whole[(Begin + length + SHA256.HashSizeInBytes)..]];
            if (!forged.AsSpan().SequenceEqual(whole))
                Refuses(() => ModelWeights.Read(new MemoryStream(forged), network));
        }
    }

    [Fact]
    public void InitialRows_ForMoreThanThereAre_AreRefused_WithoutAllocatingThem()
    {
        using var rows = new InitialRows(zeros(5, 4));
        using var content = new MemoryStream();
        rows.Write(content);
        InitialRows Read(params long[] shape) => InitialRows.Read(new MemoryStream(content.ToArray()), shape, ScalarType.Float32);
        Read(5, 4).Dispose();
        foreach (var shape in new long[][] { [6, 4], [1L << 30, 4], [1L << 62, 1L << 62], [5, 1L << 40] })
            Refuses(() => Read(shape));
    }

    private void Train()
    {
        using var data = TrainingFixtures.Vectors([[0, 0], [1, 1], [0, 1], [1, 0]], 0, 1, 1, 0);
        using var network = ModelArchitecture.MultilayerPerceptron(3).Create(InputShape.Vector(2), 2, 1);
        new RobustTrainer { Epochs = 2, BatchSize = 4, CheckpointPath = Target }.Train(network, data);
    }

    private void Attack(AttackSuiteTestCase set) =>
        new AttackSuite(new FastGradientMethod(ThreatModel.LInf(0.1)), new UniformNoiseAttack(ThreatModel.LInf(0.1)))
            .Run(set.Network, set.Data, new AttackSuiteOptions { StatePath = Target, KeepInputs = true });

    private byte[] Content() => File.ReadAllBytes(Target)[..^SHA256.HashSizeInBytes];

    private void Write(byte[] content) => File.WriteAllBytes(Target, [.. content, .. SHA256.HashData(content)]);

    private void IsRefused(byte[] whole, Action read)
    {
        foreach (var damaged in Mutations.All(whole).Where(bytes => !bytes.AsSpan().SequenceEqual(whole)))
        {
            File.WriteAllBytes(Target, damaged);
            Assert.Contains(Target, Assert.Throws<InvalidDataException>(read).Message, StringComparison.Ordinal);
        }
    }

    private void IsReadOrRefused(byte[] content, Action read)
    {
        foreach (var forged in Mutations.All(content))
        {
            Write(forged);
            try
            {
                Assert.InRange(Mutations.Allocated(read), 0, MostAllocated);
            }
            catch (InvalidDataException error)
            {
                Assert.Contains(Target, error.Message, StringComparison.Ordinal);
            }
            catch (InvalidOperationException)
            {
                // Of another run, or with weights that cannot be trained on.
            }
        }
    }

    private static void Refuses(Action read) =>
        Assert.InRange(Mutations.Allocated(() => Assert.Throws<InvalidDataException>(read)), 0, MostAllocated);
}
