using System.Collections;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Tests.Testing;

/// <summary>Networks with weights of their own, their states, and files that PyBridge makes of them.</summary>
internal static class States
{
    internal static readonly InputShape Shape = new(3, 9, 8);

    internal const string ConvNet = "ConvNet(4, 8)", ResidualNet = "ResidualNet(4)", Perceptron = "MultilayerPerceptron(16, 8)",
        Normalized = "InputNormalization([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]) > ResidualNet(4)";

    internal static Module<Tensor, Tensor> Network(string architecture, ulong seed, InputShape? shape = null)
    {
        var network = ModelArchitecture.Parse(architecture).Create(shape ?? Shape, ImageRows.Classes.Length, seed);
        using var quiet = no_grad();
        // Statistics that are not those of a new network.
        foreach (var (_, buffer) in network.named_buffers()
            .Where(entry => !entry.name.StartsWith("normalization", StringComparison.Ordinal)))
            buffer.add_((int)seed);
        network.eval();
        return network;
    }

    internal static string Write(IDictionary state, string path)
    {
        using var file = File.Create(path);
        if (path.EndsWith(".safetensors", StringComparison.Ordinal))
            Safetensors.SaveStateDict(file, (Dictionary<string, Tensor>)state);
        else
            PyTorchPickler.PickleStateDict(file, state);
        return path;
    }

    internal static Dictionary<string, Tensor> Renamed(Module network, Func<string, string> rename) =>
        network.state_dict().ToDictionary(entry => rename(entry.Key), entry => entry.Value);

    internal static void AreEqual(Module<Tensor, Tensor> expected, Module<Tensor, Tensor> found)
    {
        using var quiet = no_grad();
        var state = found.state_dict();
        Assert.Equal(expected.state_dict().Keys, state.Keys);
        foreach (var (name, tensor) in expected.state_dict())
            Assert.True(tensor.equal(state[name]).all().item<bool>(), name);
        var rows = rand([5, .. Shape.Batch(1)[1..]]);
        Assert.True(expected.call(rows).equal(found.call(rows)).all().item<bool>());
    }

    internal static byte[] Weights(Module network) =>
        [.. network.state_dict().Values.SelectMany(value => value.contiguous().bytes.ToArray())];
}
