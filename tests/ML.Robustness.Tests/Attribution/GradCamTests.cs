using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attribution;

public class GradCamTests
{
    // Two maps of 2×2: the input's quarters summed, and that times -1 plus 1; class 0 scores 4·(first map's values) + 8·(second's
    // first value). So the maps' weights are the means 4 and 2, and the map is relu(4·q + 2·(1 - q)) = relu(2q + 2).
    [Fact]
    public void Attribute_HandMadeNetwork_EqualsTheHandComputedMap()
    {
        using var scope = NewDisposeScope();
        using var network = new HandMade();
        var inputs = tensor(new double[] { 1, 0, 0, 0, 0, 0, -3, 0 }).view(1, 1, 2, 4);
        using var result = new GradCam().Attribute(network, inputs, AttributionTarget.Class(0));
        // Quarters along the width: [1, -3] → relu(2q + 2) = [4, 0]; bilinearly to four columns: 4, 3, 1, 0.
        AssertClose(tensor(new double[] { 4, 3, 1, 0, 4, 3, 1, 0 }).view(1, 1, 2, 4), result.Values, 1e-12);
        Assert.Equal(4 * (1 - 3) + 8 * 0.0, result.Scores[0].item<double>(), 1e-12);
    }

    [Fact]
    public void Attribute_Channels_ShareTheMapEvenly()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ConvNet(4, 8).Create(new InputShape(3, 9, 6), 3, seed: 1);
        // Rows of their own numbers: with some others every map is silent.
        using var result = new GradCam().Attribute(network, new RowRandom(2).Uniform(empty([16, 3, 9, 6]), 0, 1));
        var values = result.Values;
        AssertClose(values.select(1, 0), values.select(1, 2), 0);
        Assert.True(Values(values).Min() >= 0);
        Assert.True(Values(values).Max() > 0);
    }

    [Theory]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("ResidualNet(4)")]
    [InlineData("InputNormalization([0.5], [0.25]) > ConvNet(4, 8)")]
    public void Attribute_Network_EqualsTheDefinition(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.Parse(architecture).Create(new InputShape(1, 8, 8), 3, seed: 1);
        network.eval();
        var inputs = rand(2, 1, 8, 8);
        using var result = new GradCam().Attribute(network, inputs, AttributionTarget.Class(1));

        var features = FeatureExtractor.Of(network).Extract(inputs.clone().requires_grad_(true));
        autograd.backward(FeatureExtractor.Of(network).Classify(features.Values).select(1, 1).sum(), inputs: [features.Maps!]);
        var coarse = features.Maps!.mul(features.Maps.grad!.mean([2, 3], keepdim: true)).sum(1).relu();
        // Bilinear enlargement keeps the mean of what lies symmetrically, and the corners' values.
        AssertClose(coarse.select(1, 0).select(1, 0), result.Values.select(1, 0).select(1, 0).select(1, 0), 1e-5);
        AssertClose(coarse.mean([1, 2]), result.Values.select(1, 0).mean([1, 2]), 1e-5);
    }

    [Fact]
    public void Attribute_NetworkWithoutMaps_SaysWhatIsNeeded()
    {
        using var scope = NewDisposeScope();
        using var flat = new MultilayerPerceptron(new InputShape(1, 3, 3), 2);
        var error = Assert.Throws<ArgumentException>(() => new GradCam().Attribute(flat, rand(1, 1, 3, 3)));
        Assert.Contains("Grad-CAM needs a network with feature maps (N, C, H, W), and MultilayerPerceptron has none",
            error.Message);
        using var hidden = Sequential(Flatten(), Linear(9, 2), ReLU());
        Assert.Contains("IFeatureModel",
            Assert.Throws<ArgumentException>(() => new GradCam().Attribute(hidden, rand(1, 1, 3, 3))).Message);
        using var vector = new MultilayerPerceptron(InputShape.Vector(3), 2);
        Assert.Contains("Grad-CAM explains images (N, C, H, W), got [1, 3]",
            Assert.Throws<ArgumentException>(() => new GradCam().Attribute(vector, rand(1, 3))).Message);
    }

    private sealed class HandMade() : Module<Tensor, Tensor>(nameof(HandMade)), IFeatureModel
    {
        public override Tensor forward(Tensor input) => Classify(Extract(input).Values);

        public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
        {
            // (N, 1, 2, 4) → sums of the left and the right half: (N, 1, 1, 2).
            var halves = input.reshape(-1, 1, 2, 2, 2).sum([2, 4]).unsqueeze(2);
            var maps = cat([halves, halves.neg().add(1)], 1);
            return new NetworkFeatures(maps.flatten(1), maps);
        }

        public Tensor Classify(Tensor features) =>
            features.mul(tensor(new double[] { 4, 4, 4, 0 })).sum(1, keepdim: true).mul(tensor(new double[] { 1, -1 }));
    }
}
