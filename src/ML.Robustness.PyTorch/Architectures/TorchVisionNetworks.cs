using System.Runtime.CompilerServices;
using ML.Robustness.Architectures;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torchvision;

namespace ML.Robustness.PyTorch.Architectures;

/// <summary>The table of TorchVision's classifiers, and their registration.</summary>
internal static class TorchVisionNetworks
{
    /// <summary>The networks by their names in Python: the smallest image, the values for 1000 classes and for each
    /// class.</summary>
    /// <remarks>TorchVision 0.107.0's own <c>resnext101_*</c> are 50 layers deep, so that no file of Python's fits.</remarks>
    internal static readonly IReadOnlyDictionary<string, TorchVisionNetwork> All = new TorchVisionNetwork[]
    {
        new("alexnet", 63, 61_100_840, 4097, classes => models.alexnet(classes)),
        new("vgg11", 32, 132_863_336, 4097, classes => models.vgg11(classes)),
        new("vgg11_bn", 32, 132_874_352, 4097, classes => models.vgg11_bn(classes)),
        new("vgg13", 32, 133_047_848, 4097, classes => models.vgg13(classes)),
        new("vgg13_bn", 32, 133_059_634, 4097, classes => models.vgg13_bn(classes)),
        new("vgg16", 32, 138_357_544, 4097, classes => models.vgg16(classes)),
        new("vgg16_bn", 32, 138_374_453, 4097, classes => models.vgg16_bn(classes)),
        new("vgg19", 32, 143_667_240, 4097, classes => models.vgg19(classes)),
        new("vgg19_bn", 32, 143_689_272, 4097, classes => models.vgg19_bn(classes)),
        new("resnet18", 1, 11_699_132, 513, classes => models.resnet18(classes)),
        new("resnet34", 1, 21_814_732, 513, classes => models.resnet34(classes)),
        new("resnet50", 1, 25_610_205, 2049, classes => models.resnet50(classes)),
        new("resnet101", 1, 44_654_608, 2049, classes => models.resnet101(classes)),
        new("resnet152", 1, 60_344_387, 2049, classes => models.resnet152(classes)),
        new("wide_resnet50_2", 1, 68_951_517, 2049, classes => models.wide_resnet50_2(classes)),
        new("wide_resnet101_2", 1, 127_024_656, 2049, classes => models.wide_resnet101_2(classes)),
        new("resnext50_32x4d", 1, 25_097_181, 2049, classes => models.resnext50_32x4d(classes)),
        new("resnext101_32x8d", 1, 88_994_320, 2049, classes => models.resnet101(classes, groups: 32, width_per_group: 8)),
        new("resnext101_64x4d", 1, 83_658_256, 2049, classes => models.resnet101(classes, groups: 64, width_per_group: 4)),
        new("googlenet", 15, 6_639_521, 1025, classes => models.googlenet(classes)),
        new("inception_v3", 75, 27_197_584, 2818, classes => models.inception_v3(classes)),
        new("mobilenet_v2", 1, 3_539_036, 1281, classes => models.mobilenet_v2(classes)),
        new("mobilenet_v3_large", 1, 5_507_478, 1281, classes => WithClasses(models.mobilenet_v3_large(), classes)),
        new("mobilenet_v3_small", 1, 2_555_002, 1025, classes => WithClasses(models.mobilenet_v3_small(), classes)),
    }.ToDictionary(network => network.Name, StringComparer.Ordinal);

    /// <summary>Model files that name a network of TorchVision are read by this package.</summary>
#pragma warning disable CA2255 // A library that is loaded by its name has no other beginning.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        foreach (var network in All.Values)
            new RegisteredNetwork(RegisteredNetwork.TorchVision + network.Name).Register(network.Make, network.Values);
    }

    internal static ModelArchitecture ArchitectureOf(string name) =>
        ModelArchitecture.Registered(RegisteredNetwork.TorchVision + name);

    /// <summary>Gives a network that TorchVision makes for 1000 classes only another last layer.</summary>
    private static MobileNetV3 WithClasses(MobileNetV3 network, int classes)
    {
        var last = (Linear)network.named_modules().Single(module => module.name == "classifier.3").module;
        last.weight = new Parameter(init.normal_(empty(classes, last.weight.shape[1]), 0, 0.01));
        last.bias = new Parameter(zeros(classes));
        return network;
    }
}
