using ML.Robustness.Attribution;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Tests.Networks;

/// <summary>Values of a graph as layers: the same as those of a network of modules with the graph's weights.</summary>
public sealed class LayerTests : IDisposable
{
    private static readonly byte[] Graph = new OnnxModel(13).Input("x", -1, 1, 6, 5).Weights("w1", false, 4, 1, 3, 3)
        .Weights("b1", false, 4).Weights("w2", false, 3, 80).Weights("b2", false, 3).Weights("w3", false, 3, 3)
        .Weights("b3", false, 3).Node("Conv", ["x", "w1", "b1"], ["conv.1"], "", ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Relu", ["conv.1"], ["maps"]).Node("Add", ["maps", "maps"], ["doubled"])
        .Node("AveragePool", ["doubled"], ["pooled"], "", ("kernel_shape", new long[] { 2, 2 }))
        .Node("Flatten", ["pooled"], ["flat"]).Node("Gemm", ["flat", "w2", "b2"], ["hidden"], "", ("transB", 1))
        .Node("Relu", ["hidden"], ["units"]).Node("MatMul", ["units", "w3"], ["product"])
        .Node("Add", ["product", "b3"], ["logits"]).Node("Softmax", ["logits"], ["y"]).Output("y").Bytes;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly OnnxNetwork _network = OnnxNetwork.Read(Graph);
    private readonly Module<Tensor, Tensor> _native;
    private readonly Tensor _inputs;

    public LayerTests()
    {
        _inputs = arange(4 * 30, ScalarType.Float32).mul(0.6180339887).frac().reshape(4, 1, 6, 5);
        var weights = _network.state_dict();
        var (convolution, hidden, output) = (Conv2d(1, 4, 3, padding: 1), Linear(80, 3), Linear(3, 3));
        using (no_grad())
        {
            convolution.weight.copy_(weights["w1"]);
            convolution.bias!.copy_(weights["b1"]);
            hidden.weight.copy_(weights["w2"]);
            hidden.bias!.copy_(weights["b2"]);
            output.weight.copy_(weights["w3"].t());
            output.bias!.copy_(weights["b3"]);
        }
        _native = Sequential(("conv", convolution), ("maps", ReLU()), ("doubled", new Doubling()), ("pooled", AvgPool2d(2, 1)),
            ("flat", Flatten()), ("hidden", hidden), ("units", ReLU()), ("logits", output));
        _native.eval();
    }

    public void Dispose()
    {
        _network.Dispose();
        _native.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("conv.1", "conv")]
    [InlineData("maps", "maps")]
    [InlineData("doubled", "doubled")]
    [InlineData("pooled", "pooled")]
    public void GradCam_OfAValue_IsThatOfTheNativeLayer(string value, string layer)
    {
        var highest = 0f;
        for (var target = 0; target < 3; target++)
        {
            var expected = new GradCam { Layer = layer }.Attribute(_native, _inputs, AttributionTarget.Class(target));
            var found = new GradCam { Layer = value }.Attribute(_network, _inputs, AttributionTarget.Class(target));
            Assert.True(expected.Values.allclose(found.Values, 1e-5, 1e-6));
            Assert.True(expected.Scores.allclose(found.Scores, 1e-5, 1e-6));
            highest = Math.Max(highest, expected.Values.max().item<float>());
        }
        Assert.True(highest > 0);
    }

    [Fact]
    public void GradCam_OfAGraphInsideAUsersNetwork_IsThatOfTheGraph()
    {
        using var network = new Behind(_network);
        var expected = new GradCam { Layer = "maps" }.Attribute(_network, _inputs).Values;
        Assert.True(expected.Equals(new GradCam { Layer = "graph.maps" }.Attribute(network, _inputs).Values));
        Assert.True(_network.call(_inputs).Equals(network.call(_inputs)));
        using var normalized = Sequential(new InputNormalization([0], [1]), network);
        Assert.True(expected.Equals(new GradCam { Layer = "graph.maps" }.Attribute(normalized, _inputs).Values));
    }

    [Fact]
    public void Features_WithoutAName_AreWhatEntersTheLastLinearLayer()
    {
        var expected = FeatureExtractor.Of(_native).Extract(_inputs);
        var found = FeatureExtractor.Of(_network).Extract(_inputs);
        Assert.True(expected.Values.allclose(found.Values, 1e-5, 1e-6));
        Assert.True(_native.call(_inputs).allclose(found.Logits!, 1e-5, 1e-6));
        Assert.True(found.Values.Equals(FeatureExtractor.Of(_network, "units").Extract(_inputs).Values));
    }

    [Fact]
    public void UnknownValue_IsAnErrorThatListsTheOthers()
    {
        Assert.Equal("There is no layer 'map'. The network's layers are 'maps', 'flat', 'units', 'conv.1', 'pooled', 'hidden', "
            + "'logits', 'doubled', 'product'.",
            Assert.Throws<ArgumentException>(() => FeatureExtractor.Of(_network, "map")).Message);
        Assert.Contains("set GradCam.Layer to a layer that gives such maps. Those of this network are 'pooled' [4, 4, 5, 4], "
            + "'doubled' [4, 4, 6, 5], 'maps' [4, 4, 6, 5], 'conv.1' [4, 4, 6, 5].",
            Assert.Throws<ArgumentException>(() => new GradCam().Attribute(_network, _inputs)).Message);
    }

    private sealed class Doubling() : Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor input) => input.add(input);
    }

    private sealed class Behind : Module<Tensor, Tensor>
    {
        private readonly OnnxNetwork graph;

        public Behind(OnnxNetwork graph)
            : base(nameof(Behind))
        {
            this.graph = graph;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => graph.call(input);
    }
}
