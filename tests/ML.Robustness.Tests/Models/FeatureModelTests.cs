using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Models;

public class FeatureModelTests
{
    public static TheoryData<string> Architectures =>
        new("MultilayerPerceptron(12, 7)", "MultilayerPerceptron()", "ConvNet(4, 8)", "ResidualNet(4)",
            "InputNormalization([0.5], [0.25]) > ConvNet(4, 8)");

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Classify_OfExtractedFeatures_IsForward(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = Create(architecture);
        var model = FeatureExtractor.Of(network);
        var inputs = rand(3, 1, 9, 6);
        var features = model.Extract(inputs);
        Assert.Equal(3, features.Values.shape[0]);
        Assert.Equal(2, features.Values.dim());
        Assert.True(model.Classify(features.Values).Equals(network.call(inputs)));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Extract_WithGradientsPast_ChangesNoValue(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = Create(architecture);
        var model = FeatureExtractor.Of(network);
        var inputs = rand(3, 1, 9, 6);
        Assert.True(model.Extract(inputs, passesRectifier: true).Values.allclose(model.Extract(inputs).Values, 1e-6, 1e-6));
    }

    [Fact]
    public void Extract_DeadUnits_HaveGradientsOnlyPastTheRectifier()
    {
        using var scope = NewDisposeScope();
        using var network = Create("MultilayerPerceptron(5)");
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name == "layer0.bias")
                parameter.copy_(full([5], -100f));
        }
        Assert.Equal(0, GradientLength(passes: false));
        Assert.True(GradientLength(passes: true) > 0);

        double GradientLength(bool passes)
        {
            using var inner = NewDisposeScope();
            var inputs = rand(2, 1, 9, 6).requires_grad_(true);
            FeatureExtractor.Of(network).Extract(inputs, passes).Values.sum().backward();
            return inputs.grad!.abs().sum().to(ScalarType.Float64).item<double>();
        }
    }

    [Fact]
    public void Of_Sequential_ReadsWhatItsLinearLayerGets()
    {
        using var scope = NewDisposeScope();
        using var network = Sequential(Conv2d(1, 2, 3), ReLU(), Flatten(), Linear(2 * 7 * 4, 6), ReLU(), Linear(6, 3));
        network.eval();
        var model = FeatureExtractor.Of(network);
        var inputs = rand(2, 1, 9, 6);
        var features = model.Extract(inputs);
        Assert.Equal([2, 2, 7, 4], features.Maps!.shape);
        Assert.Equal([2, 6], features.Values.shape);
        Assert.True(model.Classify(features.Values).Equals(network.call(inputs)));
    }

    [Fact]
    public void Maps_AreThoseOfTheLastImages()
    {
        using var scope = NewDisposeScope();
        Assert.Null(FeatureExtractor.Of(Create("MultilayerPerceptron(5)")).Extract(rand(1, 1, 9, 6)).Maps);
        Assert.Equal([1, 8, 3, 2], FeatureExtractor.Of(Create("ConvNet(4, 8)")).Extract(rand(1, 1, 9, 6)).Maps!.shape);
        Assert.Equal([1, 32, 2, 1], FeatureExtractor.Of(Create("ResidualNet(4)")).Extract(rand(1, 1, 9, 6)).Maps!.shape);
    }

    [Fact]
    public void Of_NetworkThatHidesItsFeatures_SaysWhatIsExpected()
    {
        using var hidden = Sequential(Linear(3, 2), ReLU());
        var error = Assert.Throws<ArgumentException>(() => FeatureExtractor.Of(hidden));
        Assert.Contains("IFeatureModel", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_LeavesNothingBehind()
    {
        using var network = Create("InputNormalization([0.5], [0.25]) > ConvNet(4, 8)");
        using var inputs = rand(3, 1, 9, 6);
        LiveTensors.AssertNoneLeft(() =>
        {
            var features = FeatureExtractor.Of(network).Extract(inputs);
            features.Values.Dispose();
            features.Maps!.Dispose();
        });
    }

    private static Module<Tensor, Tensor> Create(string architecture)
    {
        var network = ModelArchitecture.Parse(architecture).Create(new InputShape(1, 9, 6), 3, seed: 1);
        network.eval();
        foreach (var parameter in network.parameters())
            parameter.requires_grad_(false);
        return network;
    }
}
