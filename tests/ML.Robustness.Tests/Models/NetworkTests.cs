using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Tests.Testing;
using ML.Robustness.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Models;

public class NetworkTests
{
    private static readonly InputShape Digit = new(1, 28, 28);
    private static readonly InputShape Photo = new(3, 32, 32);

    [Fact]
    public void ParameterCounts_AreTheKnownOnes()
    {
        AssertParameters(421_642, ModelArchitecture.ConvNet(), Digit, 10);
        AssertParameters(11_173_962, ModelArchitecture.ResidualNet(), Photo, 10);
        AssertParameters(784 * 256 + 256 + 256 * 10 + 10, ModelArchitecture.MultilayerPerceptron(256), Digit, 10);
        AssertParameters(5 * 3 + 3, ModelArchitecture.MultilayerPerceptron(), InputShape.Vector(5), 3);
        AssertParameters(421_642, ModelArchitecture.ConvNet().WithNormalization([0.5f], [0.25f]), Digit, 10);
    }

    [Theory]
    [InlineData("MultilayerPerceptron(12, 7)", 3, 5, 9)]
    [InlineData("ConvNet(4, 8)", 1, 28, 28)]
    [InlineData("ConvNet(4, 8)", 3, 1, 1)]
    [InlineData("ConvNet(4, 8)", 2, 27, 13)]
    [InlineData("ConvNet(4, 8)", 5, 6, 2)]
    [InlineData("ResidualNet(4)", 1, 28, 28)]
    [InlineData("ResidualNet(4)", 3, 1, 1)]
    [InlineData("ResidualNet(4)", 2, 17, 9)]
    public void Forward_AnySize_GivesLogitsAndGradients(string architecture, int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(channels, height, width);
        using var network = ModelArchitecture.Parse(architecture).Create(shape, 3, 1);
        network.train();
        var inputs = rand(shape.Batch(4)).requires_grad_(true);
        var logits = network.call(inputs);
        Assert.Equal([4, 3], logits.shape);
        logits.square().sum().backward();
        Assert.Equal(inputs.shape, inputs.grad!.shape);
        Assert.All(network.parameters(), parameter => Assert.NotNull(parameter.grad));
        Assert.True(logits.isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData("ConvNet(8, 16)", 3)]
    [InlineData("ConvNet(8, 16)", 1)]
    [InlineData("ResidualNet(8)", 3)]
    [InlineData("ResidualNet(8)", 1)]
    public void ChannelsLastImages_GiveWhatDefaultStridesGive(string architecture, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.Parse(architecture).Create(new InputShape(channels, 15, 12), 10, 1);
        network.eval();
        var values = rand(5, channels, 15, 12);
        var expected = network.call(values);
        if (network is ConvNet convolutional)
            Assert.Equal(1, convolutional.Extract(values).Maps!.stride(1));
        var last = network.call(values.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        Assert.True(last.allclose(expected, 1e-5, 1e-5));

        // The same network from plain libtorch calls, in default strides.
        var plain = network is ConvNet ? PlainConvNet(network.state_dict(), values)
            : PlainResidualNet(network.state_dict(), values);
        Assert.True(expected.sub(plain).abs().max().item<float>() < 1e-5f * Math.Max(1, plain.abs().max().item<float>()));
    }

    [Fact]
    public void ConvNet_PoolingBeforeTheRectifier_GivesTheSameGradient()
    {
        using var scope = NewDisposeScope();
        using var network = new ConvNet(new InputShape(1, 9, 7), 4, 8, 16);
        var inputs = rand(6, 1, 9, 7).requires_grad_(true);
        var others = inputs.detach().clone().requires_grad_(true);
        network.call(inputs).square().sum().backward();
        PlainConvNet(network.state_dict(), others).square().sum().backward();
        Assert.True(inputs.grad!.sub(others.grad!).abs().max().item<float>() < 1e-5f);
    }

    [Theory]
    [InlineData("ConvNet(8, 16)", 1)]
    [InlineData("ConvNet(8, 16)", 3)]
    [InlineData("ResidualNet(8)", 1)]
    [InlineData("ResidualNet(8)", 3)]
    public void TorchSharpsOwnFiles_GiveTheSameNetwork(string architecture, int channels)
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(channels, 15, 12);
        using var network = ModelArchitecture.Parse(architecture).Create(shape, 10, 1);
        using var loaded = ModelArchitecture.Parse(architecture).Create(shape, 10, 2);
        using var copied = ModelArchitecture.Parse(architecture).Create(shape, 10, 3);
        Assert.All(network.state_dict(), entry => Assert.True(entry.Value.is_contiguous(), entry.Key));

        // TorchSharp closes the streams.
        var file = new MemoryStream();
        network.save(file);
        loaded.load(new MemoryStream(file.ToArray()));
        copied.load_state_dict(network.state_dict());
        network.eval();
        var values = rand(5, channels, 15, 12);
        var expected = network.call(values);
        foreach (var other in (Module<Tensor, Tensor>[])[loaded, copied])
        {
            other.eval();
            Assert.Equal(TrainingFixtures.Weights(network), TrainingFixtures.Weights(other));
            Assert.True(other.call(values).equal(expected).all().item<bool>());
            Assert.All(other.state_dict(), entry => Assert.True(entry.Value.is_contiguous(), entry.Key));
        }
    }

    [Theory]
    [InlineData("ConvNet(8, 16)", "first")]
    [InlineData("ResidualNet(8)", "stem")]
    public void FirstWeights_AreThoseOfTheSeed(string architecture, string layer)
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.Parse(architecture).Create(Photo, 10, 5);
        using (new SeedScope(5))
        {
            var bound = 1 / Math.Sqrt(3 * 9);
            var drawn = init.uniform_(empty([8, 3, 3, 3]), -bound, bound);
            Assert.True(network.state_dict()[$"{layer}.weight"].equal(drawn).all().item<bool>());
        }
    }

    [Fact]
    public void Weights_AreDrawnWithinPyTorchsBounds()
    {
        using var scope = NewDisposeScope();
        using var network = new ConvNet(Digit, 10);
        var weight = network.state_dict()["second.weight"];
        var bound = 1 / Math.Sqrt(32 * 9);
        Assert.InRange(weight.abs().max().item<float>(), 0.99 * bound, bound);
        Assert.Equal(0, weight.mean().item<float>(), 0.002f);
    }

    [Fact]
    public void To_AnotherElementType_ConvertsEveryLayer()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ResidualNet(4).WithNormalization([0.5f], [0.25f])
            .Create(new InputShape(1, 8, 8), 3, 1).to(ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, network.call(rand([2, 1, 8, 8], ScalarType.Float64)).dtype);
    }

    [Theory]
    [InlineData("MultilayerPerceptron(4)")]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("ResidualNet(4)")]
    public void Forward_AnotherShape_SaysWhatIsExpected(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.Parse(architecture).Create(Digit, 10, 1);
        var name = architecture[..architecture.IndexOf('(')];
        foreach (var wrong in (long[][])[[2, 784], [2, 1, 28, 27], [2, 3, 28, 28], [1, 28, 28], [28]])
        {
            var error = Assert.Throws<ArgumentException>(() => network.call(zeros(wrong)));
            Assert.Contains($"{name} expected inputs of shape (N, 1, 28, 28), got [{string.Join(", ", wrong)}]", error.Message);
        }
    }

    [Fact]
    public void Constructors_ImpossibleSizes_Throw()
    {
        Assert.Contains("use MultilayerPerceptron",
            Assert.Throws<ArgumentException>(() => new ConvNet(InputShape.Vector(9), 2)).Message);
        Assert.Contains("ResidualNet needs images",
            Assert.Throws<ArgumentException>(() => new ResidualNet(InputShape.Vector(9), 2)).Message);
        Assert.Contains("two classes or more", Assert.Throws<ArgumentOutOfRangeException>(() => new ConvNet(Digit, 1)).Message);
        Assert.Contains("input shape is empty",
            Assert.Throws<ArgumentException>(() => new MultilayerPerceptron(default, 2)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultilayerPerceptron(Digit, 2, 5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvNet(Digit, 2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvNet(Digit, 2, 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualNet(Digit, 2, 0));
    }

    [Theory]
    [InlineData("MultilayerPerceptron(16)")]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("ResidualNet(4)")]
    public void Forward_LeavesNoTensorsAlive(string architecture)
    {
        using var network = ModelArchitecture.Parse(architecture).WithNormalization([0.5f], [0.25f])
            .Create(new InputShape(1, 8, 8), 3, 1);
        using var inputs = rand(2, 1, 8, 8);
        LiveTensors.AssertNoneLeft(() => network.call(inputs).Dispose());
    }

    private static void AssertParameters(long expected, ModelArchitecture architecture, InputShape shape, int classes)
    {
        using var network = architecture.Create(shape, classes, 1);
        Assert.Equal(expected, network.parameters().Sum(parameter => parameter.numel()));
    }

    private static Tensor PlainConvNet(Dictionary<string, Tensor> weights, Tensor input)
    {
        foreach (var stage in (string[])["first", "second"])
        {
            var values = functional.conv2d(input, weights[$"{stage}.weight"].contiguous(), weights[$"{stage}.bias"], [1, 1],
                [1, 1]);
            input = functional.max_pool2d(functional.relu(values), [2, 2], [2, 2], [0, 0], [1, 1], true);
        }
        var hidden = functional.relu(
            functional.linear(input.flatten(1), weights["hiddenLayer.weight"], weights["hiddenLayer.bias"]));
        return functional.linear(hidden, weights["output.weight"], weights["output.bias"]);
    }

    private static Tensor PlainResidualNet(Dictionary<string, Tensor> weights, Tensor input)
    {
        Tensor Convolve(Tensor values, string name, string normalization, long stride)
        {
            var kernel = weights[$"{name}.weight"].contiguous();
            var half = kernel.shape[2] / 2;
            var result = functional.conv2d(values, kernel, null, [stride, stride], [half, half]);
            var scale = weights[$"{normalization}.weight"].div(weights[$"{normalization}.running_var"].add(1e-5).sqrt());
            var shift = weights[$"{normalization}.bias"].sub(weights[$"{normalization}.running_mean"].mul(scale));
            return result.mul(scale.view(1, -1, 1, 1)).add(shift.view(1, -1, 1, 1));
        }

        var x = functional.relu(Convolve(input, "stem", "stemNormalization", 1));
        for (var block = 0; block < 8; block++)
        {
            var stride = block is 2 or 4 or 6 ? 2 : 1;
            var name = $"block{block}";
            var inner = functional.relu(Convolve(x, $"{name}.first", $"{name}.firstNormalization", stride));
            inner = Convolve(inner, $"{name}.second", $"{name}.secondNormalization", 1);
            var beside = stride == 2 ? Convolve(x, $"{name}.shortcut", $"{name}.shortcutNormalization", stride) : x;
            x = functional.relu(inner.add(beside));
        }
        return functional.linear(x.mean([2, 3]), weights["output.weight"], weights["output.bias"]);
    }
}
