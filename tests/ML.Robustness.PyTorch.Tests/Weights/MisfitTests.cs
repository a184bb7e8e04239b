using ML.Robustness.PyTorch.Tests.Testing;
using ML.Robustness.PyTorch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Tests.Weights;

/// <summary>Weights of another network are refused in one error that lists what differs, and nothing is loaded.</summary>
public sealed class MisfitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void AnotherArchitecture_IsListed_Shortened()
    {
        using var network = States.Network(States.ResidualNet, seed: 1);
        var path = States.Write(network.state_dict(), _folder.PathOf("weights.pth"));
        Assert.Equal(
            $"'{path}' has the weights of another network than ConvNet: the file lacks 6 of 8 names of the network: "
                + "'first.weight', 'first.bias', 'second.weight', 'second.bias', 'hiddenLayer.weight' and 1 more; the "
                + "network lacks "
                + "120 of 122 names of the file: 'stem.weight', 'stemNormalization.weight', 'stemNormalization.bias', "
                + "'block0.first.weight', 'block0.firstNormalization.weight' and 115 more; 1 shapes differ: 'output.weight' is "
                + "[3, 8] in the network and [3, 32] in the file. Load them into the architecture and the number of classes that "
                + "they were saved from.", Refused(States.ConvNet, path));
    }

    [Theory]
    [InlineData("weights.pth")]
    [InlineData("weights.safetensors")]
    public void OtherShapesAndTypes_AreListed(string file)
    {
        using var network = States.Network(States.Perceptron, seed: 1);
        var state = network.state_dict();
        var name = state.Keys.Last();
        state[name] = zeros(4);
        Assert.Contains($"1 shapes differ: '{name}' is [3] in the network and [4] in the file.",
            Refused(States.Perceptron, States.Write(state, _folder.PathOf(file))), StringComparison.Ordinal);
        state[name] = zeros([3], ScalarType.Int64);
        Assert.Contains($"1 types differ: '{name}' is Float32 in the network and Int64 in the file.",
            Refused(States.Perceptron, States.Write(state, _folder.PathOf(file))), StringComparison.Ordinal);
    }

    [Fact]
    public void HugeShapes_ThatTheNetworkLacks_AllocateNothing()
    {
        // 256 MB of one number; the network has three.
        var path = _folder.Write("weights.pth", WeightFiles.Archive(
            Pickle.StateDictionary(("output.bias", pickle => pickle.Tensor("0", 1, 0, [1 << 26], [0]))).Bytes,
            ("data/0", WeightFiles.Bytes(1f))));
        Assert.Contains("'output.bias' is [3] in the network and [67108864] in the file", Refused(States.ConvNet, path),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_WithOtherEndings_AreNotWritten()
    {
        using var network = States.Network(States.Perceptron, seed: 1);
        var path = _folder.PathOf("weights.onnx");
        Assert.StartsWith($"Weights are saved in files ending in .pth, .pt, .bin or .safetensors, got '{path}'.",
            Assert.Throws<ArgumentException>(() => PyTorchWeights.Save(network, path)).Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => PyTorchWeights.Save(network, _folder.PathOf("missing/weights.pth")));
        Assert.Empty(Directory.GetFileSystemEntries($"{_folder}"));
    }

    private static string Refused(string architecture, string path)
    {
        using var network = States.Network(architecture, seed: 2);
        var before = States.Weights(network);
        var error = Assert.Throws<InvalidDataException>(() => PyTorchWeights.Load(network, path)).Message;
        Assert.Equal(before, States.Weights(network));
        return error;
    }
}
