using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Architectures;

public sealed class ArchitectureSizeTests
{
    [Theory]
    [InlineData("MultilayerPerceptron()", 1, 3, 4, 2)]
    [InlineData("MultilayerPerceptron(7, 5)", 2, 3, 4, 6)]
    [InlineData("ConvNet(3, 5)", 1, 9, 6, 4)]
    [InlineData("ConvNet(2, 8)", 3, 1, 13, 10)]
    [InlineData("ResidualNet(2)", 3, 8, 8, 5)]
    [InlineData("InputNormalization([0.5], [0.25]) > ResidualNet(1)", 1, 5, 7, 2)]
    [InlineData("InputNormalization([0.1, 0.2], [1, 2]) > MultilayerPerceptron(3)", 2, 2, 2, 2)]
    public void Values_AreThoseOfTheNetwork(string text, int channels, int height, int width, int classes)
    {
        var (architecture, input) = (ModelArchitecture.Parse(text), new InputShape(channels, height, width));
        using var network = architecture.Create(input, classes, seed: 1);
        Assert.Equal(network.state_dict().Values.Sum(tensor => tensor.numel()), Values(architecture, input, classes));
    }

    [Theory]
    [InlineData("MultilayerPerceptron(2147483647, 2147483647, 2147483647)")]
    [InlineData("ConvNet(2147483647, 2147483647)")]
    [InlineData("ResidualNet(2147483647)")]
    public void Values_BeyondAllBounds_AreNoError(string text) =>
        Assert.Null(Values(ModelArchitecture.Parse(text), new InputShape(1, 30000, 30000), 2));

    [Fact]
    public void CheckSize_OfANetworkOfAPackage_ComparesTheValues()
    {
        const string Name = "torchvision.test";
        new RegisteredNetwork(Name).Register((_, outputs) => Linear(3, outputs), outputs => 4L * outputs);
        var architecture = ModelArchitecture.Registered(Name).WithNormalization([0.5f], [0.5f]);
        using var network = architecture.Create(InputShape.Vector(3), 5, seed: 1);
        using var file = new MemoryStream();
        ModelWeights.Write(file, network);
        file.Position = 0;
        var table = ModelWeights.ReadTable(file);
        architecture.CheckSize(InputShape.Vector(3), 5, table);
        Assert.Contains("Registered(torchvision.test) for 1000000 classes has 4000002 values, the file 22",
            Assert.Throws<InvalidDataException>(() => architecture.CheckSize(InputShape.Vector(3), 1_000_000, table)).Message);
    }

    [Fact]
    public void Parse_MoreLayersThanTheLimit_IsRefused() => Assert.Throws<FormatException>(
        () => ModelArchitecture.Parse($"MultilayerPerceptron({string.Join(", ", Enumerable.Repeat(1, 1001))})"));

    private static long? Values(ModelArchitecture architecture, InputShape input, int classes) =>
        Assert.IsType<BuiltInNetwork>(architecture.Source).Values(input, classes) + architecture.Adapter.Values;
}
