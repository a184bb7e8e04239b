using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Onnx;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>Every way of TorchSharp and of TorchSharp.PyBridge to write weights and read them again, on our networks.</summary>
public sealed class SavedWeightsTests : IDisposable
{
    private const string ConvNet = "InputNormalization([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]) > ConvNet(4, 8)";
    private const string ResidualNet = "ResidualNet(4)", Perceptron = "MultilayerPerceptron(16, 8)";

    private static readonly InputShape Shape = new(3, 9, 8);

    private static readonly Dictionary<string, Action<Module, Module, TemporaryFolder>> Ways = new()
    {
        ["state dict"] = (from, to, _) => to.load_state_dict(from.state_dict()),
        ["file"] = (from, to, folder) =>
        {
            from.save(folder.PathOf("weights.dat"));
            to.load(folder.PathOf("weights.dat"));
        },
        ["stream"] = (from, to, _) =>
        {
            // TorchSharp closes the streams.
            var file = new MemoryStream();
            from.save(file);
            to.load(new MemoryStream(file.ToArray()));
        },
        ["writer"] = (from, to, _) =>
        {
            using var file = new MemoryStream();
            from.save(new BinaryWriter(file));
            to.load(new BinaryReader(new MemoryStream(file.ToArray())));
        },
        ["tensors"] = (from, to, folder) =>
        {
            var read = new Dictionary<string, Tensor>();
            foreach (var (name, tensor) in from.state_dict())
            {
                save(tensor, folder.PathOf(name));
                read[name] = load(folder.PathOf(name));
            }

            to.load_state_dict(read);
        },
        ["pth file"] = (from, to, folder) =>
        {
            from.save_py(folder.PathOf("weights.pth"));
            to.load_py(folder.PathOf("weights.pth"));
        },
        ["pth stream"] = (from, to, _) =>
        {
            using var file = new MemoryStream();
            from.save_py(file, leaveOpen: true);
            file.Position = 0;
            to.load_py(file, leaveOpen: true);
        },
        ["safetensors file"] = (from, to, folder) =>
        {
            from.save_safetensors(folder.PathOf("weights.safetensors"));
            to.load_safetensors(folder.PathOf("weights.safetensors"));
        },
        ["safetensors stream"] = (from, to, _) =>
        {
            using var file = new MemoryStream();
            from.save_safetensors(file, leaveOpen: true);
            file.Position = 0;
            to.load_safetensors(file, leaveOpen: true);
        },
        ["pth checkpoint"] = (from, to, folder) =>
        {
            from.save_py(folder.PathOf("pytorch_model.bin"));
            to.load_checkpoint(Path.GetDirectoryName(folder.PathOf("any"))!, useTqdm: false);
        },
        ["safetensors checkpoint"] = (from, to, folder) =>
        {
            from.save_safetensors(folder.PathOf("model.safetensors"));
            to.load_checkpoint(Path.GetDirectoryName(folder.PathOf("any"))!, useTqdm: false);
        },
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> WaysAndNetworks
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var way in Ways.Keys)
            {
                foreach (var architecture in new[] { ConvNet, ResidualNet, Perceptron })
                    data.Add(way, architecture);
            }

            return data;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(WaysAndNetworks))]
    public void WeightsOfANewNetwork_ComeBack(string way, string architecture)
    {
        using var network = ModelArchitecture.Parse(architecture).Create(Shape, OnnxData.Classes, seed: 1);
        ComesBack(network, way, architecture);
    }

    [Theory]
    [MemberData(nameof(WaysAndNetworks))]
    public void WeightsOfAFittedClassifier_ComeBack_InMemoryAndLoaded(string way, string architecture)
    {
        var ml = new MLContext(seed: 1);
        var data = OnnxData.View(ml, OnnxData.Make<float>(Shape.Length), Shape.Channels, Shape.Height, Shape.Width);
        using var classifier = OnnxData.Fit(ml, data, architecture);
        ComesBack(classifier.Network, way, architecture);

        ml.Model.Save(classifier, data.Schema, _folder.PathOf("model.zip"));
        using var loaded = (NeuralClassifierTransformer)ml.Model.Load(_folder.PathOf("model.zip"), out _);
        ComesBack(loaded.Network, way, architecture);
    }

    private void ComesBack(Module<Tensor, Tensor> network, string way, string architecture)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var other = ModelArchitecture.Parse(architecture).Create(Shape, OnnxData.Classes, seed: 2);
        network.eval();
        other.eval();
        Ways[way](network, other, _folder);
        foreach (var (name, tensor) in network.state_dict())
            Assert.True(tensor.equal(other.state_dict()[name]).all().item<bool>(), name);
        var rows = rand([5, .. Shape.Batch(1)[1..]]);
        Assert.True(network.call(rows).equal(other.call(rows)).all().item<bool>());
    }
}
