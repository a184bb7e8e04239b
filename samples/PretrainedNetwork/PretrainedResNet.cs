using System.Reflection;
using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PretrainedNetwork;

/// <summary>
/// The ResNet-18 of the package Microsoft.ML.DnnImageFeaturizer.ResNet18, trained on ImageNet, with a linear head of our own.
/// </summary>
internal static class PretrainedResNet
{
    /// <summary>The layer of the last feature maps: a value of the graph, within the whole network.</summary>
    public const string LastMaps = $"{BodyName}.{GraphOutput}";

    /// <summary>The number of features, and of channels in the last stage.</summary>
    public const int Features = 512;

    /// <summary>
    /// The side of the images that the graph reads. It was trained on 224 pixels, but takes any multiple of 32 up to its
    /// pooling; 128 cost a third of the time, and classify images of 32 pixels as well.
    /// </summary>
    public const int ImageSize = 128;

    private const string Name = "PretrainedResNet18", BodyName = "body";

    // Before the graph's own pooling, which wants 7 × 7 values.
    private const string GraphOutput = "ReLU393_Output_0";

    // The means of the image that the package's ResNetPreprocess.onnx subtracts: red, green, blue, from 0 to 255.
    private static readonly float[] Mean = [123.15f, 115.90f, 103.06f];

    /// <summary>The shape of CIFAR-10's images, which attacks and attributions see.</summary>
    public static InputShape InputShape { get; } = new(3, 32, 32);

    /// <summary>Lets model files make the network again.</summary>
    public static void Register() => ModelArchitecture.Register(Name, (_, classes) => Create(classes));

    /// <summary>A network from images in [0, 1] to the classes' logits, with a head of random weights.</summary>
    public static Module<Tensor, Tensor> Create(int classes) => Sequential([.. Body(), ("head", Linear(Features, classes))]);

    /// <summary>The network without its head: from images in [0, 1] to 512 features.</summary>
    public static Module<Tensor, Tensor> CreateBody() => Sequential(Body());

    /// <summary>A fitted classifier of the network, which it owns.</summary>
    public static NeuralClassifierTransformer ToClassifier(MLContext ml, Module<Tensor, Tensor> network) =>
        ml.MulticlassClassification.FromModule(network, InputShape, ExperimentSettings.ClassNames,
            new NetworkOptions { RegisteredName = Name, BatchSize = 32 });

    /// <summary>Whether a parameter belongs to the head.</summary>
    public static bool IsOfHead(string parameter) => parameter.StartsWith("head.", StringComparison.Ordinal);

    /// <summary>The parameters of the last of the four stages, whose layers have 512 channels.</summary>
    public static HashSet<string> LastStage(Module<Tensor, Tensor> network) => [.. network.named_parameters()
        .Where(entry => !IsOfHead(entry.name) && entry.parameter.shape[0] == Features).Select(entry => entry.name)];

    private static (string, Module<Tensor, Tensor>)[] Body()
    {
        var path = typeof(PretrainedResNet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(entry => entry.Key == "ResNet18").Value!;
        var body = OnnxNetwork.Load(path, new OnnxNetworkOptions
        {
            OutputName = GraphOutput,
            InputShape = new InputShape(3, ImageSize, ImageSize),
        });
        // First layers, so that an attack's radius is that of the pixels of the original image.
        return
        [
            ("normalization", new InputNormalization(
                Array.ConvertAll(Mean, mean => mean / byte.MaxValue), [.. Enumerable.Repeat(1f / byte.MaxValue, 3)])),
            ("enlargement", new Enlargement(ImageSize)),
            (BodyName, body),
            ("pool", AdaptiveAvgPool2d(1)),
            ("flatten", Flatten()),
        ];
    }
}
