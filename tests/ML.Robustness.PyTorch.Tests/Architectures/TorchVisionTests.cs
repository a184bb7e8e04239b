using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.PyTorch.Architectures;
using ML.Robustness.PyTorch.Tests.Testing;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Tests.Architectures;

/// <summary>The classifiers of TorchVision are architectures by name.</summary>
public sealed class TorchVisionTests
{
    private static readonly InputShape Shape = new(3, 16, 16);

    [Fact]
    public void EveryClassifierOfTheAssembly_IsInTheTable_AndHasAMethod()
    {
        Assert.Equal(typeof(torchvision.models).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.ReturnType.IsAssignableTo(typeof(Module<Tensor, Tensor>))).Select(method => method.Name)
            .Order(StringComparer.Ordinal), TorchVisionNetworks.All.Keys.Order(StringComparer.Ordinal));
        var named = typeof(TorchVisionArchitecture).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(method => ((ModelArchitecture)method.Invoke(null, null)!).ToString());
        Assert.Equal(TorchVisionNetworks.All.Keys.Select(name => $"Registered(torchvision.{name})").Order(StringComparer.Ordinal),
            named.Order(StringComparer.Ordinal));
    }

    /// <summary>The numbers of parameters that PyTorch documents for 1000 classes, and names of its files.</summary>
    [Theory]
    [InlineData("googlenet", 6_624_904, "inception5b.branch4.1.bn.running_var")]
    [InlineData("mobilenet_v2", 3_504_872, "features.18.1.num_batches_tracked")]
    [InlineData("mobilenet_v3_large", 5_483_032, "features.4.block.2.fc1.weight")]
    [InlineData("mobilenet_v3_small", 2_542_856, "classifier.3.bias")]
    [InlineData("resnet18", 11_689_512, "layer2.0.downsample.1.running_mean")]
    [InlineData("resnet34", 21_797_672, "layer3.5.bn2.weight")]
    [InlineData("resnet50", 25_557_032, "layer4.2.conv3.weight")]
    [InlineData("resnext50_32x4d", 25_028_904, "layer1.0.conv2.weight")]
    [InlineData("inception_v3", 27_161_264, "Mixed_7c.branch3x3dbl_3b.conv.weight")]
    public void Networks_HaveThePublishedSizeAndNames(string name, long parameters, string key)
    {
        var network = TorchVisionNetworks.All[name];
        using var thousand = network.Create(1000);
        Assert.Equal(parameters, thousand.parameters().Sum(parameter => parameter.numel()));
        Assert.Contains(key, thousand.state_dict().Keys);
        foreach (var classes in new[] { 1000, 3 })
        {
            using var made = network.Create(classes);
            Assert.Equal(network.Values(classes), made.state_dict().Values.Sum(value => value.numel()));
        }
    }

    [Theory]
    [InlineData("mobilenet_v3_small", 1)]
    [InlineData("resnet18", 1)]
    [InlineData("googlenet", 15)]
    [InlineData("inception_v3", 75)]
    public void SmallestImages_AreTaken_AndOthersRefused(string name, int size)
    {
        var architecture = TorchVisionNetworks.ArchitectureOf(name);
        // Create runs a row of the shape.
        architecture.Create(new InputShape(3, size, size + 1), 2, seed: 1).Dispose();
        InputShape[] others = [new(1, 80, 80), InputShape.Vector(3),
            .. size > 1 ? [new InputShape(3, 80, size - 1)] : Array.Empty<InputShape>()];
        Assert.All(others, shape => Assert.StartsWith(
            $"TorchVision's {name} takes images of 3 channels and {size}×{size} pixels or more, got {shape}.",
            Assert.Throws<ArgumentException>(() => architecture.Create(shape, 2, seed: 1)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void LargeNetworks_SayWhatTheyTake_BeforeTheyAreMade() => Assert.StartsWith(
        "TorchVision's vgg19 takes images of 3 channels and 32×32 pixels or more, got 3×28×28.", Assert.Throws<ArgumentException>(
            () => TorchVisionArchitecture.Vgg19().Create(new InputShape(3, 28, 28), 10, seed: 1)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Weights_ComeFromTheSeed()
    {
        using var scope = NewDisposeScope();
        var made = new ulong[] { 1, 1, 2 }
            .Select(seed => States.Weights(TorchVisionArchitecture.MobileNetV3Small().Create(Shape, 3, seed))).ToArray();
        Assert.Equal(made[0], made[1]);
        Assert.NotEqual(made[0], made[2]);
    }

    [Fact]
    public void ReservedNames_CannotBeRegistered() => Assert.StartsWith(
        "Names that begin with 'torchvision.' are those of the package ML.Robustness.PyTorch, got 'torchvision.resnet18'.",
        Assert.Throws<ArgumentException>(
            () => ModelArchitecture.Register("torchvision.resnet18", (_, classes) => Linear(3, classes))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void UnknownNames_AreRefused() => Assert.Contains("No network is registered as 'torchvision.resnet19'",
        Assert.Throws<InvalidOperationException>(
            () => ModelArchitecture.Parse("Registered(torchvision.resnet19)").Create(Shape, 3, seed: 1)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    public void Networks_AreAttackedAndExplained(string name)
    {
        using var scope = NewDisposeScope();
        using var network = TorchVisionNetworks.ArchitectureOf(name).Create(Shape, 3, seed: 1);
        network.eval();
        var images = full([2, 3, 16, 16], 0.5f);
        using var labels = network.call(images).argmax(1);
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 3 };
        using var result = attack.Perturb(network, images, AttackGoal.Untargeted(labels));
        Assert.InRange(result.Inputs.sub(images).abs().max().item<float>(), 0.01f, 0.1f + 1e-6f);
        using var attribution = new Saliency().Attribute(network, images, AttributionTarget.Labels(labels));
        Assert.Equal([2, 3, 16, 16], attribution.Values.shape);
        Assert.True(attribution.Values.isfinite().all().item<bool>());
        Assert.NotEqual(0, attribution.Values.abs().sum().item<float>());
        var layer = name == "resnet18" ? "layer2" : "features.3";
        using var map = new GradCam { Layer = layer }.Attribute(network, images, AttributionTarget.Labels(labels));
        Assert.Equal([2, 3, 16, 16], map.Values.shape);
    }

    [Fact]
    public void Networks_AreTrainedAdversarially_FromRandomWeights()
    {
        var ml = new MLContext(seed: 1);
        var data = ImageRows.View(ml, Shape, rows: 18, seed: 1);
        using var trained = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = TorchVisionArchitecture.ResNet18(),
            Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.02)) { Steps = 1 },
            Epochs = 6,
            BatchSize = 6,
        }).Fit(data);
        Assert.Equal("Registered(torchvision.resnet18)", $"{trained.Architecture}");
        Assert.InRange(ml.MulticlassClassification.Evaluate(trained.Transform(data)).MicroAccuracy, 0.6, 1);
    }
}
