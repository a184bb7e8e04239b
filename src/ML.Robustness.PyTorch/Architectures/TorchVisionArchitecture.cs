using ML.Robustness.Architectures;

namespace ML.Robustness.PyTorch.Architectures;

/// <summary>The classifiers of TorchVision as architectures, by their names in Python.</summary>
/// <remarks>
/// They take images of three channels, of any size that their layers can halve often enough, and any number of classes. Their
/// parameters have Python's names, so that the files of TorchVision fit; those of ImageNet expect inputs normalised by the means
/// 0.485, 0.456, 0.406 and the deviations 0.229, 0.224, 0.225 (<see cref="ModelArchitecture.WithNormalization"/>), those of
/// <c>googlenet</c> and <c>inception_v3</c> by 0.5 for all. A model file names the network; the package must be there when it is
/// loaded.
/// </remarks>
public static class TorchVisionArchitecture
{
    /// <summary>AlexNet.</summary>
    /// <returns>The architecture of <c>alexnet</c>, for images of 63×63 pixels or more.</returns>
    public static ModelArchitecture AlexNet() => TorchVisionNetworks.ArchitectureOf("alexnet");

    /// <summary>VGG-11.</summary>
    /// <returns>The architecture of <c>vgg11</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg11() => TorchVisionNetworks.ArchitectureOf("vgg11");

    /// <summary>VGG-11 with batch normalisation.</summary>
    /// <returns>The architecture of <c>vgg11_bn</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg11BatchNorm() => TorchVisionNetworks.ArchitectureOf("vgg11_bn");

    /// <summary>VGG-13.</summary>
    /// <returns>The architecture of <c>vgg13</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg13() => TorchVisionNetworks.ArchitectureOf("vgg13");

    /// <summary>VGG-13 with batch normalisation.</summary>
    /// <returns>The architecture of <c>vgg13_bn</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg13BatchNorm() => TorchVisionNetworks.ArchitectureOf("vgg13_bn");

    /// <summary>VGG-16.</summary>
    /// <returns>The architecture of <c>vgg16</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg16() => TorchVisionNetworks.ArchitectureOf("vgg16");

    /// <summary>VGG-16 with batch normalisation.</summary>
    /// <returns>The architecture of <c>vgg16_bn</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg16BatchNorm() => TorchVisionNetworks.ArchitectureOf("vgg16_bn");

    /// <summary>VGG-19.</summary>
    /// <returns>The architecture of <c>vgg19</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg19() => TorchVisionNetworks.ArchitectureOf("vgg19");

    /// <summary>VGG-19 with batch normalisation.</summary>
    /// <returns>The architecture of <c>vgg19_bn</c>, for images of 32×32 pixels or more.</returns>
    public static ModelArchitecture Vgg19BatchNorm() => TorchVisionNetworks.ArchitectureOf("vgg19_bn");

    /// <summary>ResNet-18.</summary>
    /// <returns>The architecture of <c>resnet18</c>, for images of any size.</returns>
    public static ModelArchitecture ResNet18() => TorchVisionNetworks.ArchitectureOf("resnet18");

    /// <summary>ResNet-34.</summary>
    /// <returns>The architecture of <c>resnet34</c>, for images of any size.</returns>
    public static ModelArchitecture ResNet34() => TorchVisionNetworks.ArchitectureOf("resnet34");

    /// <summary>ResNet-50.</summary>
    /// <returns>The architecture of <c>resnet50</c>, for images of any size.</returns>
    public static ModelArchitecture ResNet50() => TorchVisionNetworks.ArchitectureOf("resnet50");

    /// <summary>ResNet-101.</summary>
    /// <returns>The architecture of <c>resnet101</c>, for images of any size.</returns>
    public static ModelArchitecture ResNet101() => TorchVisionNetworks.ArchitectureOf("resnet101");

    /// <summary>ResNet-152.</summary>
    /// <returns>The architecture of <c>resnet152</c>, for images of any size.</returns>
    public static ModelArchitecture ResNet152() => TorchVisionNetworks.ArchitectureOf("resnet152");

    /// <summary>Wide ResNet-50-2.</summary>
    /// <returns>The architecture of <c>wide_resnet50_2</c>, for images of any size.</returns>
    public static ModelArchitecture WideResNet50() => TorchVisionNetworks.ArchitectureOf("wide_resnet50_2");

    /// <summary>Wide ResNet-101-2.</summary>
    /// <returns>The architecture of <c>wide_resnet101_2</c>, for images of any size.</returns>
    public static ModelArchitecture WideResNet101() => TorchVisionNetworks.ArchitectureOf("wide_resnet101_2");

    /// <summary>ResNeXt-50 32x4d.</summary>
    /// <returns>The architecture of <c>resnext50_32x4d</c>, for images of any size.</returns>
    public static ModelArchitecture ResNeXt50() => TorchVisionNetworks.ArchitectureOf("resnext50_32x4d");

    /// <summary>ResNeXt-101 32x8d.</summary>
    /// <returns>The architecture of <c>resnext101_32x8d</c>, for images of any size.</returns>
    public static ModelArchitecture ResNeXt101Of32x8() => TorchVisionNetworks.ArchitectureOf("resnext101_32x8d");

    /// <summary>ResNeXt-101 64x4d.</summary>
    /// <returns>The architecture of <c>resnext101_64x4d</c>, for images of any size.</returns>
    public static ModelArchitecture ResNeXt101Of64x4() => TorchVisionNetworks.ArchitectureOf("resnext101_64x4d");

    /// <summary>GoogLeNet, without its auxiliary classifiers.</summary>
    /// <returns>The architecture of <c>googlenet</c>, for images of 15×15 pixels or more.</returns>
    public static ModelArchitecture GoogLeNet() => TorchVisionNetworks.ArchitectureOf("googlenet");

    /// <summary>Inception v3.</summary>
    /// <returns>The architecture of <c>inception_v3</c>, for images of 75×75 pixels or more.</returns>
    public static ModelArchitecture InceptionV3() => TorchVisionNetworks.ArchitectureOf("inception_v3");

    /// <summary>MobileNetV2.</summary>
    /// <returns>The architecture of <c>mobilenet_v2</c>, for images of any size.</returns>
    public static ModelArchitecture MobileNetV2() => TorchVisionNetworks.ArchitectureOf("mobilenet_v2");

    /// <summary>MobileNetV3, large.</summary>
    /// <returns>The architecture of <c>mobilenet_v3_large</c>, for images of any size.</returns>
    public static ModelArchitecture MobileNetV3Large() => TorchVisionNetworks.ArchitectureOf("mobilenet_v3_large");

    /// <summary>MobileNetV3, small.</summary>
    /// <returns>The architecture of <c>mobilenet_v3_small</c>, for images of any size.</returns>
    public static ModelArchitecture MobileNetV3Small() => TorchVisionNetworks.ArchitectureOf("mobilenet_v3_small");
}
