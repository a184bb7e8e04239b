using System.Collections;
using ML.Robustness.PyTorch.Tests.Testing;
using ML.Robustness.PyTorch.Weights;
using TorchSharp;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Tests.Weights;

/// <summary>Weights come into each of our networks as they were saved.</summary>
public sealed class PyTorchWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, string> ArchitecturesAndFiles
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in new[] { "weights.pth", "weights.safetensors" })
            {
                foreach (var architecture in new[] { States.ConvNet, States.ResidualNet, States.Perceptron, States.Normalized })
                    data.Add(architecture, file);
            }

            return data;
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(ArchitecturesAndFiles))]
    public void FilesOfPyBridge_Load(string architecture, string file)
    {
        using var network = States.Network(architecture, seed: 1);
        using var other = States.Network(architecture, seed: 2);
        var loaded = PyTorchWeights.Load(other, States.Write(network.state_dict(), _folder.PathOf(file)));
        States.AreEqual(network, other);
        Assert.Equal($"Loaded {network.state_dict().Count} parameters and buffers.", $"{loaded}");
        Assert.Equal((network.state_dict().Count, "", ""), (loaded.Count, loaded.DictionaryKey, loaded.RemovedPrefix));
        Assert.Empty(loaded.ConvertedTypes);
        Assert.Empty(loaded.KeptNames);
    }

    [Theory]
    [MemberData(nameof(ArchitecturesAndFiles))]
    public void SavedFiles_LoadByPyBridge_AndHere(string architecture, string file)
    {
        using var network = States.Network(architecture, seed: 1);
        using var theirs = States.Network(architecture, seed: 2);
        using var ours = States.Network(architecture, seed: 3);
        var path = _folder.Write(file, [1, 2, 3]);
        PyTorchWeights.Save(network, path);
        if (file.EndsWith(".pth", StringComparison.Ordinal))
            theirs.load_py(path);
        else
            theirs.load_safetensors(path);
        PyTorchWeights.Load(ours, path);
        States.AreEqual(network, theirs);
        States.AreEqual(network, ours);
        Assert.Equal([path], Directory.GetFiles($"{_folder}"));
    }

    [Theory]
    [InlineData(States.ConvNet)]
    [InlineData(States.ResidualNet)]
    public void ChannelsLastWeights_InOneStorage_LoadByTheirStrides(string architecture)
    {
        using var network = States.Network(architecture, seed: 1);
        using var other = States.Network(architecture, seed: 2);
        // Every parameter is a view of one storage, and those of convolutions lie channels-last.
        var (numbers, entries) = (new List<float>(), new List<(string, Action<Pickle>)>());
        var counters = new List<(string Name, byte[] Content)>();
        foreach (var (name, tensor) in network.state_dict())
        {
            var (shape, offset) = (tensor.shape, numbers.Count);
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                var key = $"counter{counters.Count}";
                counters.Add(($"data/{key}", WeightFiles.Bytes(tensor.to(ScalarType.Int64).item<long>())));
                entries.Add((name, pickle => pickle.Tensor(key, 1, 0, [], [], "LongStorage")));
                continue;
            }

            var isImage = shape.Length == 4;
            numbers.AddRange((isImage ? tensor.permute(0, 2, 3, 1) : tensor).contiguous().data<float>().ToArray());
            long[] strides = isImage
                ? [shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]]
                : [.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (one, two) => one * two))];
            entries.Add((name, pickle => pickle.Tensor("0", numbers.Count, offset, shape, strides)));
        }

        PyTorchWeights.Load(other, _folder.Write("weights.pth", WeightFiles.Archive(
            Pickle.StateDictionary([.. entries]).Bytes, [("data/0", WeightFiles.Bytes([.. numbers])), .. counters])));
        States.AreEqual(network, other);
    }

    [Theory]
    [InlineData(ScalarType.Float16, "weights.pth")]
    [InlineData(ScalarType.BFloat16, "weights.pth")]
    [InlineData(ScalarType.Float64, "weights.pth")]
    [InlineData(ScalarType.Float16, "weights.safetensors")]
    [InlineData(ScalarType.BFloat16, "weights.safetensors")]
    [InlineData(ScalarType.Float64, "weights.safetensors")]
    public void OtherFloats_AreConverted_AndSaid(ScalarType type, string file)
    {
        using var network = States.Network(States.ResidualNet, seed: 1);
        using var other = States.Network(States.ResidualNet, seed: 2);
        var state = network.state_dict().ToDictionary(entry => entry.Key, entry =>
            entry.Value.dtype == ScalarType.Float32 ? entry.Value.to(type) : entry.Value);
        var loaded = PyTorchWeights.Load(other, States.Write(state, _folder.PathOf(file)));
        Assert.Equal([type], loaded.ConvertedTypes);
        Assert.EndsWith($"; values of {type} were converted.", $"{loaded}", StringComparison.Ordinal);
        foreach (var (name, tensor) in other.state_dict())
            Assert.True(tensor.equal(state[name].to(tensor.dtype)).all().item<bool>(), name);
    }

    [Theory]
    [InlineData("module.", "module.")]
    [InlineData("module._orig_mod.", "module._orig_mod.")]
    [InlineData("network.", "network.")]
    public void Prefixes_AreLeftOut_AndSaid(string prefix, string removed)
    {
        using var network = States.Network(States.Perceptron, seed: 1);
        using var other = States.Network(States.Perceptron, seed: 2);
        var loaded = PyTorchWeights.Load(other,
            States.Write(States.Renamed(network, name => prefix + name), _folder.PathOf("weights.pth")));
        States.AreEqual(network, other);
        Assert.Equal(removed, loaded.RemovedPrefix);
        Assert.EndsWith($"; the prefix '{removed}' was left out.", $"{loaded}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void Normalization_IsKept_WhereTheFileHasNone(string prefix)
    {
        using var network = States.Network(States.ResidualNet, seed: 1);
        using var normalized = States.Network(States.Normalized, seed: 2);
        using var expected = Sequential(
            ("normalization", new Models.InputNormalization([0.4f, 0.5f, 0.6f], [0.2f, 0.3f, 0.4f])), ("network", network));
        var loaded = PyTorchWeights.Load(normalized,
            States.Write(States.Renamed(network, name => prefix + name), _folder.PathOf("weights.pth")));
        States.AreEqual(expected, normalized);
        Assert.Equal(["normalization.mean", "normalization.deviation"], loaded.KeptNames);
        Assert.EndsWith("; normalization.mean, normalization.deviation stayed as they were.", $"{loaded}",
            StringComparison.Ordinal);
    }

    [Fact]
    public void BatchCounters_MayBeMissing_AllOfThem()
    {
        using var network = States.Network(States.ResidualNet, seed: 1);
        using var other = States.Network(States.ResidualNet, seed: 1);
        using (no_grad())
            other.parameters().First().zero_();
        bool IsCounter(string name) => name.EndsWith("num_batches_tracked", StringComparison.Ordinal);
        var state = network.state_dict().Where(entry => !IsCounter(entry.Key)).ToDictionary();
        var loaded = PyTorchWeights.Load(other, States.Write(state, _folder.PathOf("weights.pth")));
        States.AreEqual(network, other);
        Assert.Equal(network.state_dict().Keys.Where(IsCounter), loaded.KeptNames);

        state.Add("stemNormalization.num_batches_tracked", network.state_dict()["stemNormalization.num_batches_tracked"]);
        Assert.Contains("the file lacks 19 of 122 names of the network: 'block0.firstNormalization.num_batches_tracked'",
            Assert.Throws<InvalidDataException>(
                () => PyTorchWeights.Load(other, States.Write(state, _folder.PathOf("weights.pth"))))
                .Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float32)]
    public void BatchCounters_AreOfAnyType(ScalarType type)
    {
        // TorchSharp makes them Float32 in layers that are made for Float32, and Int64 in others; PyTorch's are Int64.
        foreach (var layer in new[] { BatchNorm2d(3, dtype: ScalarType.Float32), BatchNorm2d(3) })
        {
            using var network = Sequential(("a", layer));
            var state = network.state_dict();
            state["a.num_batches_tracked"] = tensor(7L).to(type);
            var loaded = PyTorchWeights.Load(network, States.Write(state, _folder.PathOf("weights.pth")));
            Assert.Equal(7, layer.num_batches_tracked!.to(ScalarType.Int64).item<long>());
            Assert.Empty(loaded.ConvertedTypes);
            state["a.num_batches_tracked"] = tensor(true);
            Assert.Throws<InvalidDataException>(
                () => PyTorchWeights.Load(network, States.Write(state, _folder.PathOf("weights.pth"))));
        }
    }

    [Fact]
    public void Checkpoints_AreSearched_AndSeveralThatFitAreListed()
    {
        using var network = States.Network(States.Perceptron, seed: 1);
        using var average = States.Network(States.Perceptron, seed: 3);
        using var other = States.Network(States.Perceptron, seed: 2);
        var checkpoint = new Hashtable
        {
            ["epoch"] = 7,
            ["best"] = 0.5,
            ["accuracy"] = full([1], 0.5f),
            ["state_dict"] = States.Renamed(network, name => $"module.{name}"),
        };
        var path = States.Write(checkpoint, _folder.PathOf("checkpoint.pth"));
        Assert.Equal("Loaded 6 parameters and buffers; they are under the key 'state_dict'; the prefix 'module.' was left out.",
            $"{PyTorchWeights.Load(other, path)}");
        States.AreEqual(network, other);

        checkpoint["averages"] = new Hashtable { ["ema"] = average.state_dict() };
        States.Write(checkpoint, path);
        var error = Assert.Throws<InvalidDataException>(() => PyTorchWeights.Load(other, path)).Message;
        Assert.Contains("has 2 state dictionaries that fit, under the keys", error, StringComparison.Ordinal);
        Assert.Contains("'averages.ema'", error, StringComparison.Ordinal);
        PyTorchWeights.Load(other, path, new PyTorchWeightOptions { DictionaryKey = "averages.ema" });
        States.AreEqual(average, other);
        Assert.Contains("has no state dictionary under the key 'ema': it has", Assert.Throws<InvalidDataException>(
            () => PyTorchWeights.Load(other, path, new PyTorchWeightOptions { DictionaryKey = "ema" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void IgnoredNames_AreLeftOut()
    {
        using var network = States.Network(States.Perceptron, seed: 1);
        using var other = States.Network(States.Perceptron, seed: 2);
        var state = network.state_dict();
        state["aux.weight"] = zeros(3);
        var path = States.Write(state, _folder.PathOf("weights.safetensors"));
        Assert.Throws<InvalidDataException>(() => PyTorchWeights.Load(other, path));
        PyTorchWeights.Load(other, path,
            new PyTorchWeightOptions { IsIgnored = name => name.StartsWith("aux", StringComparison.Ordinal) });
        States.AreEqual(network, other);
    }
}
