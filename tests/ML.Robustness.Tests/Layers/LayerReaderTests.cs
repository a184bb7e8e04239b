using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Layers;
using ML.Robustness.Models;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Layers;

/// <summary>Features by a layer's name, and those before the last linear layer, of networks that do not tell them.</summary>
public sealed class LayerReaderTests : IDisposable
{
    private static readonly InputShape Shape = new(1, 9, 6);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ConvNet _twin;
    private readonly StagedNetwork _network;
    private readonly Tensor _inputs = rand(3, 1, 9, 6);

    public LayerReaderTests()
    {
        _twin = (ConvNet)ModelArchitecture.ConvNet(4, 8).Create(Shape, 3, seed: 1);
        _twin.eval();
        _network = new StagedNetwork(_twin, Shape, 3, 4, 8);
        foreach (var parameter in _twin.parameters().Concat(_network.parameters()))
            parameter.requires_grad_(false);
    }

    public void Dispose()
    {
        _network.Dispose();
        _twin.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Extract_NamedLayers_AreTheFeaturesOfTheNetworkThatTellsThem(bool passesRectifier)
    {
        var (expected, slope) = Features(FeatureExtractor.Of(_twin), passesRectifier);
        var (units, unitSlope) = Features(FeatureExtractor.Of(_network, "rectifier"), passesRectifier);
        Assert.True(expected.Values.Equals(units.Values));
        Assert.True(slope.Equals(unitSlope));
        Assert.Null(units.Maps);
        var maps = FeatureExtractor.Of(_network, "stage2").Extract(_inputs);
        Assert.True(expected.Maps!.Equals(maps.Maps!));
        Assert.True(maps.Maps!.flatten(1).Equals(maps.Values));
        Assert.True(maps.Logits!.Equals(_twin.call(_inputs)));
        Assert.True(FeatureExtractor.Of(_network, "stage2.relu").Extract(_inputs).Values.Equals(maps.Values));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Extract_BeforeTheLastLinear_AreTheFeaturesOfTheNetworkThatTellsThem(bool passesRectifier)
    {
        var (expected, slope) = Features(FeatureExtractor.Of(_twin), passesRectifier);
        var model = FeatureExtractor.Of(_network);
        var (found, foundSlope) = Features(model, passesRectifier);
        Assert.True(expected.Values.Equals(found.Values));
        Assert.True(slope.Equals(foundSlope));
        Assert.Null(found.Maps);
        Assert.True(found.Logits!.Equals(_twin.call(_inputs)));
        Assert.True(model.Classify(found.Values).Equals(found.Logits));
    }

    [Fact]
    public void Extract_BehindASoftmax_AreThoseOfTheLinearLayer()
    {
        var expected = _twin.Extract(_inputs).Values;
        foreach (var end in new Func<Tensor, Tensor>[] { logits => logits.softmax(1), logits => logits.log_softmax(1) })
        {
            var ended = new Ended(_network, end);
            var model = FeatureExtractor.Of(ended);
            var found = model.Extract(_inputs);
            Assert.True(expected.Equals(found.Values));
            Assert.True(model.Classify(found.Values).allclose(ended.call(_inputs), 0, 1e-6));
        }
        var wrapped = Sequential(
            ("network", new Ended(_network, logits => logits.softmax(1))), ("logits", new LogitsOf(OutputForm.Probabilities)));
        var features = FeatureExtractor.Of(wrapped).Extract(_inputs);
        Assert.True(expected.Equals(features.Values));
        Assert.True(features.Logits!.Equals(wrapped.call(_inputs)));
        var own = Sequential(("network", _twin), ("logits", new LogitsOf(OutputForm.Probabilities)));
        var adapted = FeatureExtractor.Of(own);
        Assert.True(expected.Equals(adapted.Extract(_inputs).Values));
        Assert.True(adapted.Classify(expected).Equals(own.call(_inputs)));
        Assert.True(FeatureExtractor.Of(wrapped, "inner.stage2").Extract(_inputs).Maps!.Equals(_twin.Extract(_inputs).Maps!));
    }

    [Fact]
    public void Extract_WhereSomethingElseFollowsTheLinearLayer_IsRefused()
    {
        using var rectified = new Ended(_network, logits => logits.relu());
        Assert.StartsWith("The features of a Ended cannot be read: expected an IFeatureModel, or a network whose last layer is "
            + "Linear. Name the layer with the features", Refused(() => FeatureExtractor.Of(rectified).Extract(_inputs)));
        using var none = new FunctionNetwork(input => input.flatten(1));
        Assert.Contains("cannot be read", Refused(() => FeatureExtractor.Of(none)));
        Assert.Contains("take NetworkFeatures.Logits", Assert.Throws<NotSupportedException>(
            () => FeatureExtractor.Of(_network, "stage2").Classify(_inputs)).Message);
    }

    [Theory]
    [InlineData("InputNormalization([0.5], [0.25]) > ResidualNet(4)", "block7")]
    [InlineData("InputNormalization([0.5], [0.25]) > ResidualNet(4)", "network.block7")]
    [InlineData("ResidualNet(4)", "block7")]
    public void Extract_NamedLayerOfABuiltInNetwork_GivesItsMaps(string architecture, string layer)
    {
        using var network = ModelArchitecture.Parse(architecture).Create(Shape, 3, seed: 1);
        network.eval();
        var found = FeatureExtractor.Of(network, layer).Extract(_inputs);
        Assert.True(FeatureExtractor.Of(network).Extract(_inputs).Maps!.Equals(found.Maps!));
        Assert.True(network.call(_inputs).Equals(found.Logits!));
    }

    [Fact]
    public void Extract_LayerWhoseOutputIsWrittenOver_IsWhatTheLayerGave()
    {
        using var convolution = Conv2d(1, 3, 3);
        using var network = new Sharing(convolution);
        var features = FeatureExtractor.Of(network, "convolution").Extract(_inputs.clone().requires_grad_(true));
        var expected = convolution.call(_inputs.clone().requires_grad_(true));
        Assert.True(expected.Equals(features.Maps!));
        autograd.backward(features.Logits!.select(1, 0).sum(), inputs: [features.Maps!]);
        autograd.backward(expected.relu().mean([2, 3]).select(1, 0).sum(), inputs: [expected]);
        Assert.True(expected.grad!.Equals(features.Maps!.grad!));
    }

    [Fact]
    public void Find_UnknownName_ListsTheNearest()
    {
        Assert.Equal("There is no layer 'stage3'. The network's layers are 'stage1', 'stage2', 'hidden', 'output', "
            + "'stage1.pool', 'stage1.relu', 'stage2.pool', 'stage2.relu', 'rectifier', 'stage1.convolution', "
            + "'stage2.convolution'.",
            Refused(() => FeatureExtractor.Of(_network, "stage3")));
        using var deep = ModelArchitecture.ResidualNet(2).Create(Shape, 3, seed: 1);
        Assert.Matches("^There is no layer 'block8'. The network's layers are 'block0', .* and [0-9]+ others.$",
            Refused(() => FeatureExtractor.Of(deep, "block8")));
        using var flat = new FunctionNetwork(input => input.flatten(1));
        Assert.Equal("There is no layer 'a': a FunctionNetwork has no sub-modules, so it has no layers that can be named.",
            Refused(() => FeatureExtractor.Of(flat, "a")));
        Assert.Contains("'list' is a ModuleList", Refused(() => FeatureExtractor.Of(new Odd(), "list")));
    }

    [Fact]
    public void Extract_LayerThatDoesNotRunOnce_OrGivesNoRows_IsRefused()
    {
        using var odd = new Odd();
        Assert.StartsWith("Layer 'twice' runs 2 times in one pass through the network: name a layer that it calls once",
            Refused(() => FeatureExtractor.Of(odd, "twice").Extract(_inputs)));
        Assert.StartsWith("Layer 'list.0' runs 0 times", Refused(() => FeatureExtractor.Of(odd, "list.0").Extract(_inputs)));
        Assert.StartsWith("Layer 'joined' gives Float32 [162] for inputs of shape [3, 1, 9, 6]: name a layer that gives "
            + "floating-point numbers (N, …)", Refused(() => FeatureExtractor.Of(odd, "joined").Extract(_inputs)));
    }

    [Fact]
    public void Extract_LeavesNoHookAndNoTensorBehind_AlsoOnErrors()
    {
        var broken = new Ended(_network, _ => throw new InvalidOperationException("broken"));
        LiveTensors.AssertNoneLeft(() =>
        {
            using (NewDisposeScope())
            {
                FeatureExtractor.Of(_network, "stage1.pool").Extract(_inputs.requires_grad_(true), passesRectifier: true);
                FeatureExtractor.Of(_network).Extract(_inputs, passesRectifier: true);
            }
            Assert.Throws<InvalidOperationException>(() => FeatureExtractor.Of(broken, "inner.stage2").Extract(_inputs));
            Assert.Throws<InvalidOperationException>(() => FeatureExtractor.Of(broken).Extract(_inputs));
        });
        AssertNoHooks(_network);
        AssertNoHooks(broken);
    }

    [Fact]
    public void Extract_ManyThreads_EachReadItsOwnPass()
    {
        var rows = Enumerable.Range(0, 8).Select(i => rand(2, 1, 9, 6)).ToArray();
        string?[] layers = ["stage1", "stage2.convolution", null, "rectifier"];
        var expected = rows.Select((row, i) => FeatureExtractor.Of(_network, layers[i % 4]).Extract(row).Values).ToArray();
        var plain = rows.Select(row => _network.call(row)).ToArray();
        var wrong = 0;
        var threads = rows.Select((row, i) => new Thread(() =>
        {
            for (var round = 0; round < 60; round++)
            {
                using var scope = NewDisposeScope();
                var found = FeatureExtractor.Of(_network, layers[i % 4]).Extract(row);
                if (!found.Values.Equals(expected[i]) || !found.Logits!.Equals(plain[i]) || !_network.call(row).Equals(plain[i]))
                    Interlocked.Increment(ref wrong);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, wrong);
        AssertNoHooks(_network);
    }

    [Fact]
    public void Hooks_OfTheUser_RunAndStay()
    {
        var stage = (Module<Tensor, Tensor>)_network.named_modules().Single(entry => entry.name == "stage2").module;
        var runs = 0;
        var hook = stage.register_forward_hook((_, _, output) =>
        {
            runs++;
            return output.mul(2);
        });
        var doubled = FeatureExtractor.Of(_network, "stage2").Extract(_inputs);
        Assert.Equal((1, 1), (runs, ModuleHooks.Count(stage)));
        Assert.True(doubled.Maps!.Equals(_twin.Extract(_inputs).Maps!.mul(2)));
        hook.remove();
        AssertNoHooks(_network);
    }

    private (NetworkFeatures Features, Tensor Slope) Features(IFeatureModel model, bool passesRectifier)
    {
        var inputs = _inputs.clone().requires_grad_(true);
        var features = model.Extract(inputs, passesRectifier);
        features.Values.sum().backward();
        return (features, inputs.grad!);
    }

    private static void AssertNoHooks(Module<Tensor, Tensor> network) => Assert.All(
        network.modules().Prepend(network).OfType<Module<Tensor, Tensor>>(),
        module => Assert.Equal(0, ModuleHooks.Count(module)));

    private static string Refused(Action action) => Assert.Throws<ArgumentException>(action).Message;

    private sealed class Ended : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> inner;
        private readonly Func<Tensor, Tensor> _end;

        public Ended(Module<Tensor, Tensor> inner, Func<Tensor, Tensor> end)
            : base(nameof(Ended))
        {
            (this.inner, _end) = (inner, end);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _end(inner.call(input));
    }

    /// <summary>A convolution whose output a rectifier writes over.</summary>
    private sealed class Sharing : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> convolution;

        public Sharing(Module<Tensor, Tensor> convolution)
            : base(nameof(Sharing))
        {
            this.convolution = convolution;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return convolution.call(input).relu_().mean([2, 3]).MoveToOuterDisposeScope();
        }
    }

    private sealed class Odd : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> twice = ReLU();
        private readonly Module<Tensor, Tensor> joined = Flatten(0);
        private readonly TorchSharp.Modules.ModuleList<Module<Tensor, Tensor>> list = ModuleList<Module<Tensor, Tensor>>(ReLU());

        public Odd()
            : base(nameof(Odd)) => RegisterComponents();

        public override Tensor forward(Tensor input) =>
            joined.call(list[0].forward(twice.call(twice.call(input)))).view(input.shape).flatten(1);
    }
}
