using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.FeatureAnalysis;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attribution;

/// <summary>Grad-CAM and other uses of features, by a layer's name.</summary>
public sealed class GradCamLayerTests : IDisposable
{
    private static readonly InputShape Shape = new(3, 9, 6);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ConvNet _twin;
    private readonly StagedNetwork _network;
    private readonly Tensor _inputs = new RowRandom(2).Uniform(empty([16, 3, 9, 6]), 0, 1);

    public GradCamLayerTests()
    {
        _twin = (ConvNet)ModelArchitecture.ConvNet(4, 8).Create(Shape, 3, seed: 1);
        _twin.eval();
        _network = new StagedNetwork(_twin, Shape, 3, 4, 8);
    }

    public void Dispose()
    {
        _network.Dispose();
        _twin.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Attribute_LayerOfTheLastMaps_EqualsTheNetworkThatTellsThem()
    {
        var expected = new GradCam().Attribute(_twin, _inputs).Values;
        Assert.True(expected.max().item<float>() > 0);
        Assert.True(expected.Equals(new GradCam { Layer = "stage2" }.Attribute(_network, _inputs).Values));
        Assert.True(expected.Equals(new GradCam { Layer = "stage2.relu", BatchSize = 128 }.Attribute(_network, _inputs).Values));
        var smooth = new GradCam().Smoothed(3).Attribute(_twin, _inputs, random: new RowRandom(4)).Values;
        Assert.True(smooth.Equals(
            new GradCam { Layer = "stage2" }.Smoothed(3).Attribute(_network, _inputs, random: new RowRandom(4)).Values));
        Assert.Equal("GradCam(layer stage2)", new GradCam { Layer = "stage2" }.ToString());
    }

    [Fact]
    public void Attribute_AnyLayer_EqualsTheDefinition()
    {
        var found = new GradCam { Layer = "stage1" }.Attribute(_network, _inputs, AttributionTarget.Class(1)).Values;
        var children = _network.named_children().ToDictionary(entry => entry.name, entry => (Module<Tensor, Tensor>)entry.module);
        var maps = children["stage1"].call(ChannelsLast.Of(_inputs)).detach().requires_grad_(true);
        var logits = children["output"].call(children["rectifier"].call(children["hidden"].call(
            children["stage2"].call(maps).flatten(1))));
        AssertDefinition(maps, logits, found);
    }

    [Fact]
    public void Attribute_TorchVisionsResNet18_EqualsTheDefinition()
    {
        using var seeded = new SeedScope(2);
        using var network = TorchSharp.torchvision.models.resnet18(num_classes: 4);
        network.eval();
        var inputs = new RowRandom(3).Uniform(empty([2, 3, 64, 64]), 0, 1);
        var found = new GradCam { Layer = "layer4" }.Attribute(network, inputs, AttributionTarget.Class(1)).Values;
        Module<Tensor, Tensor>[] layers = [.. network.children().Cast<Module<Tensor, Tensor>>()];
        string[] names = [.. network.named_children().Select(entry => entry.name)];
        var last = Array.IndexOf(names, "layer4");
        Tensor Run(Tensor values, Range range) => layers[range].Aggregate(values, (values, layer) => layer.call(values));
        var maps = Run(inputs, ..(last + 1)).detach().requires_grad_(true);
        AssertDefinition(maps, Run(maps.clone(), (last + 1)..), found);
        Assert.Equal([2, 512], FeatureExtractor.Of(network).Extract(inputs).Values.shape);
        var error = Assert.Throws<ArgumentException>(() => new GradCam().Attribute(network, inputs)).Message;
        Assert.StartsWith("Grad-CAM needs a network with feature maps (N, C, H, W), and ResNet does not tell which are its last "
            + "ones: set GradCam.Layer to a layer that gives such maps. Those of this network are 'avgpool' [2, 512, 1, 1], "
            + "'layer4' [2, 512, 2, 2], ", error);
        Assert.EndsWith(" others.", error);
    }

    [Fact]
    public void Attribute_LayerWithoutMaps_SaysItsShape_AndTheLayersThatHaveSome()
    {
        string Refused(string? layer) =>
            Assert.Throws<ArgumentException>(() => new GradCam { Layer = layer }.Attribute(_network, _inputs)).Message;
        Assert.StartsWith("Grad-CAM needs feature maps (N, C, H, W), and layer 'hidden' gives [16, 8]: set GradCam.Layer to a "
            + "layer that gives such maps. Those of this network are 'stage2' [16, 8, 3, 2], 'stage2.relu' [16, 8, 3, 2], ",
            Refused("hidden"));
        using var convolutional = Sequential(Conv2d(3, 4, 3), AdaptiveAvgPool2d(1), Flatten());
        Assert.Equal("Grad-CAM needs a network with feature maps (N, C, H, W), and Sequential does not tell which are its "
            + "last ones: set GradCam.Layer to a layer that gives such maps. Those of this network are '1' [16, 4, 1, 1], "
            + "'0' [16, 4, 7, 4].",
            Assert.Throws<ArgumentException>(() => new GradCam().Attribute(convolutional, _inputs)).Message);
        Assert.StartsWith("There is no layer 'stage9'. The network's layers are 'stage1', 'stage2', ", Refused("stage9"));
        Assert.Contains("Layer is empty", Assert.Throws<ArgumentException>(() => new GradCam { Layer = "" }).Message);
    }

    [Fact]
    public void Objectives_OfALayer_AreTheFeaturesOfTheNetworkThatTellsThem()
    {
        double[] direction = [1, -1, 0.5, 0, 2, 0, 0, 1];
        foreach (var (own, named) in new[]
        {
            (FeatureObjective.Unit(3), FeatureObjective.Unit(3, "rectifier")),
            (FeatureObjective.Channel(2), FeatureObjective.Channel(2, "stage2")),
            (FeatureObjective.Direction(direction), FeatureObjective.Direction(direction, "rectifier")),
            (FeatureObjective.Unit(3), FeatureObjective.Unit(3)),
        })
        {
            Assert.True(own.Measure(_twin, _inputs).Equals(named.Measure(_network, _inputs)));
        }
        Assert.Equal("channel 2 of stage2", FeatureObjective.Channel(2, "stage2").ToString());
        Assert.Contains("Layer 'hidden' gives no feature maps (N, C, H, W) but [16, 8], so it has no channels: name a layer that",
            Assert.Throws<ArgumentException>(() => FeatureObjective.Channel(0, "hidden").Measure(_network, _inputs)).Message);
        Assert.Contains("tells no feature maps",
            Assert.Throws<ArgumentException>(() => FeatureObjective.Channel(0).Measure(_network, _inputs)).Message);
    }

    [Fact]
    public void Matching_ALayer_EqualsMatchingTheFeaturesOfTheNetworkThatTellsThem()
    {
        using var starts = new InitialRows(_inputs.flip(0));
        var labels = zeros([16], ScalarType.Int64);
        Tensor Made(Module<Tensor, Tensor> network, string? layer) =>
            new FeatureMatching(starts) { Steps = 4, Layer = layer }.CreateRows(network, _inputs, labels).Inputs;
        var expected = Made(_twin, null);
        Assert.True(expected.Equals(Made(_network, "rectifier")));
        Assert.True(expected.Equals(Made(_network, null)));
        Assert.False(expected.Equals(Made(_network, "stage1")));
        Assert.Contains("There is no layer", Assert.Throws<ArgumentException>(() => Made(_network, "none")).Message);
    }

    [Fact]
    public void Leakage_OfALayer_IsThatOfTheNetworkThatTellsItsFeatures()
    {
        using var data = new TensorDataset(rand(60, 3, 9, 6), arange(60, ScalarType.Int64).remainder(3), Shape, 3, 0);
        RobustFeatureLeakage Of(Module<Tensor, Tensor> network, string? layer) =>
            RobustFeatureLeakage.Measure(network, FeatureSource.Penultimate, data, data, layer: layer);
        var (own, named) = (Of(_twin, null), Of(_network, "rectifier"));
        Assert.Equal((own.Accuracy, own.TrainingAccuracy, own.Features),
            (named.Accuracy, named.TrainingAccuracy, named.Features));
        Assert.Contains("source is Outputs", Assert.Throws<ArgumentException>(() => RobustFeatureLeakage.Measure(
            _network, FeatureSource.Outputs, data, data, layer: "hidden")).Message);
    }

    private static void AssertDefinition(Tensor maps, Tensor logits, Tensor found)
    {
        autograd.backward(logits.select(1, 1).sum(), inputs: [maps]);
        var coarse = maps.mul(maps.grad!.mean([2, 3], keepdim: true)).sum(1).relu();
        var fine = functional.interpolate(coarse.unsqueeze(1), [found.shape[2], found.shape[3]], mode: InterpolationMode.Bilinear,
            align_corners: false);
        Assert.True(found.max().item<float>() > 0);
        Assert.True(fine.allclose(found.sum(1, keepdim: true), 1e-5, 1e-6));
    }
}
