using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Architectures;

public class ModelArchitectureTests
{
    private static readonly InputShape Shape = new(2, 6, 6);

    public static TheoryData<string> Texts =>
    [
        "MultilayerPerceptron()", "MultilayerPerceptron(256, 128)", "ConvNet(32, 128)", "ResidualNet(64)",
        "Registered(my-net_1.0)",
        "InputNormalization([0.1307], [0.3081]) > ConvNet(32, 128)",
        "InputNormalization([0.4914, -1E-20], [0.25, 3]) > MultilayerPerceptron()",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Parse_ReadsWhatToStringWrites(string text) => Assert.Equal(text, ModelArchitecture.Parse(text).ToString());

    [Fact]
    public void ToString_GivesNameAndSizes()
    {
        Assert.Equal("ConvNet(32, 128)", ModelArchitecture.ConvNet().ToString());
        Assert.Equal("MultilayerPerceptron(9, 8)", ModelArchitecture.MultilayerPerceptron(9, 8).ToString());
        Assert.Equal("InputNormalization([0.5], [0.25]) > ResidualNet(16)",
            ModelArchitecture.ResidualNet(16).WithNormalization([0.5f], [0.25f]).ToString());
        Assert.Equal("ConvNet", ModelArchitecture.ConvNet().Name);
        Assert.Equal("mine", ModelArchitecture.Registered("mine").Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ConvNet")]
    [InlineData("ConvNet(32)")]
    [InlineData("ConvNet(0, 128)")]
    [InlineData("ConvNet(a, b)")]
    [InlineData("ResidualNet(99999999999)")]
    [InlineData("AlexNet(3)")]
    [InlineData("Registered(a b)")]
    [InlineData("InputNormalization([1], [0]) > ConvNet(32, 128)")]
    [InlineData("InputNormalization([1], [1, 2]) > ConvNet(32, 128)")]
    public void Parse_Nonsense_Throws(string text) =>
        Assert.StartsWith($"'{text}' names no architecture: expected ",
            Assert.Throws<FormatException>(() => ModelArchitecture.Parse(text)).Message);

    [Theory]
    [InlineData("MultilayerPerceptron(9)")]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("InputNormalization([0.5], [0.25]) > ResidualNet(4)")]
    public void Create_SameSeed_GivesTheSameWeights(string text)
    {
        using var scope = NewDisposeScope();
        var architecture = ModelArchitecture.Parse(text);
        var inputs = rand(Shape.Batch(3));
        var random = get_rng_state().bytes.ToArray();
        float[] Logits(ulong seed)
        {
            using var network = architecture.Create(Shape, 3, seed);
            network.eval();
            return network.call(inputs).data<float>().ToArray();
        }

        Assert.Equal(Logits(1), Logits(1));
        Assert.NotEqual(Logits(1), Logits(2));
        Assert.Equal(random, get_rng_state().bytes.ToArray());
    }

    [Fact]
    public void Create_OnSeveralThreads_GivesEachTheWeightsOfItsSeed()
    {
        var architecture = ModelArchitecture.MultilayerPerceptron(50);
        float[] Weights(ulong seed)
        {
            using var network = architecture.Create(Shape, 3, seed);
            return network.parameters().First().data<float>().ToArray();
        }

        var expected = Enumerable.Range(0, 8).Select(seed => Weights((ulong)seed)).ToArray();
        Parallel.For(0, 40, i => Assert.Equal(expected[i % 8], Weights((ulong)(i % 8))));
    }

    [Fact]
    public void Create_WithNormalization_NormalisesFirst()
    {
        using var scope = NewDisposeScope();
        using var plain = ModelArchitecture.ConvNet(4, 8).Create(Shape, 3, 1);
        using var normalised = ModelArchitecture.ConvNet(4, 8).WithNormalization([0.5f, 0.4f], [0.25f, 0.2f]).Create(Shape, 3, 1);
        var inputs = rand(Shape.Batch(3));
        var expected = plain.call(
            inputs.sub(tensor(new[] { 0.5f, 0.4f }).view(1, 2, 1, 1)).div(tensor(new[] { 0.25f, 0.2f }).view(1, 2, 1, 1)));
        Assert.True(normalised.call(inputs).allclose(expected, 1e-5, 1e-6));
    }

    [Fact]
    public void Create_Registered_UsesTheFactory()
    {
        ModelArchitecture.Register("flat-linear", (shape, classes) => Sequential(Flatten(), Linear(shape.Length, classes)));
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.Parse("InputNormalization([0.5], [2]) > Registered(flat-linear)")
            .Create(Shape, 4, 1);
        Assert.Equal([3, 4], network.call(rand(Shape.Batch(3))).shape);
        Assert.True(network.training);
    }

    [Fact]
    public void Create_OfTorchVision_WithoutThePackage_SaysWhichOne() => Assert.Contains(
        "is one of TorchVision's, which the package ML.Robustness.PyTorch reads: add it to the project.",
        Assert.Throws<InvalidOperationException>(
            () => ModelArchitecture.Parse("Registered(torchvision.resnet18)").Create(Shape, 2, 1)).Message);

    [Fact]
    public void Create_Impossible_Throws()
    {
        Assert.Contains("No network is registered as 'unheard-of': call ModelArchitecture.Register",
            Assert.Throws<InvalidOperationException>(
                () => ModelArchitecture.Registered("unheard-of").Create(Shape, 2, 1)).Message);
        ModelArchitecture.Register("null", (_, _) => null!);
        Assert.Contains("'null' returned null",
            Assert.Throws<InvalidOperationException>(() => ModelArchitecture.Registered("null").Create(Shape, 2, 1)).Message);
        ModelArchitecture.Register("fixed", (shape, _) => Sequential(Flatten(), Linear(shape.Length, 10)));
        Assert.Contains("must return (N, 2) for inputs of 2×6×6; for one row it returned [1, 10]",
            Assert.Throws<InvalidOperationException>(() => ModelArchitecture.Registered("fixed").Create(Shape, 2, 1)).Message);
        Assert.Contains("The normalisation has 3 channels, inputs of 2×6×6 have 2",
            Assert.Throws<ArgumentException>(
                () => ModelArchitecture.ConvNet().WithNormalization([1, 2, 3], [1, 2, 3]).Create(Shape, 2, 1)).Message);
        Assert.Contains("letters, digits",
            Assert.Throws<ArgumentException>(() => ModelArchitecture.Register("a(b)", (_, _) => null!)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ModelArchitecture.ConvNet(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModelArchitecture.MultilayerPerceptron(4, -1));
    }

    [Fact]
    public void SeedScope_RestoresTheGenerator()
    {
        using var scope = NewDisposeScope();
        manual_seed(77);
        var expected = rand(4).data<float>().ToArray();
        manual_seed(77);
        float[] Inside(ulong seed)
        {
            using var seeded = new SeedScope(seed);
            return rand(4).data<float>().ToArray();
        }

        Assert.Equal(Inside(5), Inside(5));
        Assert.NotEqual(Inside(5), Inside(6));
        Assert.Equal(expected, rand(4).data<float>().ToArray());
    }
}
