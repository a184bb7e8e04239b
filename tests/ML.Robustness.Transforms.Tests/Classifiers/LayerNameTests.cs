using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Documentation;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>Steps that read a layer of a classifier's network by its name.</summary>
public sealed class LayerNameTests : IDisposable
{
    private const string Registered = "layered";

    private static readonly InputShape Shape = new(1, 6, 5);
    private static readonly string[] Names = ["a", "b", "c"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;
    private readonly float[][] _rows;

    public LayerNameTests()
    {
        ModelArchitecture.Register(Registered, (_, _) => Network());
        var random = new Random(3);
        _rows = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, 30).Select(_ => random.NextSingle()).ToArray())];
        _data = _ml.Data.LoadFromEnumerable(
            _rows.Select((values, row) => new Row { Features = values, Label = (uint)(row % 3) }).ToArray());
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GradCam_OfALayer_IsThatOfTheEngine_AlsoOnceLoaded(bool givesProbabilities)
    {
        using var classifier = Classifier(givesProbabilities);
        using var step = Explain(classifier, "maps").Fit(_data);
        using var network = Network();
        Assert.Equal(Expected(givesProbabilities ? classifier.Network : network, "maps"), Attributions(step));
        var path = _folder.PathOf("step.zip");
        _ml.Model.Save(step, _data.Schema, path);
        using var loaded = (SmoothGradExplainTransformer)_ml.Model.LoadVerified(path, out _);
        Assert.Equal(Attributions(step), Attributions(loaded));
        using var other = Explain(classifier, "convolution").Fit(_data);
        Assert.NotEqual(Attributions(step), Attributions(other));
    }

    [Fact]
    public void GradCam_OfALayer_WorksOnClassifiersThatWereTrainedFurther()
    {
        using var classifier = Classifier(false);
        using var trained = _ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            InputShape = Shape,
            StartingFrom = classifier,
            Epochs = 1,
        }).Fit(_data);
        using var step = Explain(trained, "maps").Fit(_data);
        Assert.Equal(Expected(trained.Network, "maps"), Attributions(step));
    }

    [Fact]
    public void Layers_ThatAreNotThere_AreRefusedBeforeAnyData()
    {
        using var classifier = Classifier(false);
        Assert.StartsWith("There is no layer 'map'. The network's layers are 'maps', ",
            Assert.Throws<ArgumentException>(() => Explain(classifier, "map")).Message, StringComparison.Ordinal);
        Assert.StartsWith("Grad-CAM needs feature maps (N, C, H, W), and layer 'hidden' gives [1, 4]: ",
            Assert.Throws<ArgumentException>(() => Explain(classifier, "hidden")).Message, StringComparison.Ordinal);
        Assert.Contains("set GradCam.Layer to a layer that gives such maps. Those of this network are 'maps' [1, 3, 6, 5], ",
            Assert.Throws<ArgumentException>(() => Explain(classifier, null)).Message, StringComparison.Ordinal);
        Assert.StartsWith("There is no layer 'map'.",
            Assert.Throws<ArgumentException>(() => Dataset(classifier, "map")).Message, StringComparison.Ordinal);
        Assert.StartsWith("Options.Layer is read by Robust and NonRobust only", Assert.Throws<ArgumentException>(
            () => Dataset(classifier, "maps", FeatureDatasetKind.MislabeledOnly)).Message, StringComparison.Ordinal);
        var script = _folder.PathOf("model.pt");
        TorchScriptFile.Write(script, new float[3, 4], new float[3]);
        using var scripted = _ml.MulticlassClassification.FromTorchScript(script, InputShape.Vector(4), Names, trusted: true);
        Assert.StartsWith("There is no layer 'fc'. A TorchScript file runs as one piece",
            Assert.Throws<ArgumentException>(() => Dataset(scripted, "fc")).Message, StringComparison.Ordinal);
        Assert.Contains("whose last layer is Linear. A TorchScript file runs as one piece",
            Assert.Throws<ArgumentException>(() => Dataset(scripted, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FeatureDataset_OfALayer_ComesBackFromAFile()
    {
        using var classifier = Classifier(false);
        using var step = Dataset(classifier, "hidden").Fit(_data);
        using var penultimate = Dataset(classifier, null).Fit(_data);
        var made = Made(step);
        Assert.NotEqual(made, Made(penultimate));
        var path = _folder.PathOf("dataset.zip");
        _ml.Model.Save(step, _data.Schema, path);
        using var loaded = (RobustFeatureDatasetTransformer)_ml.Model.LoadVerified(path, out _);
        Assert.Equal(made, Made(loaded));
    }

    private NeuralClassifierTransformer Classifier(bool givesProbabilities) => _ml.MulticlassClassification.FromModule(
        Network(), Shape, Names, new NetworkOptions
        {
            RegisteredName = Registered,
            Outputs = givesProbabilities ? NetworkOutputs.Probabilities : NetworkOutputs.Logits,
        });

    private SmoothGradExplainEstimator Explain(ITransformer classifier, string? layer) =>
        _ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
        {
            Classifier = classifier,
            Method = new GradCam { Layer = layer },
            Samples = 1,
            Noise = 0,
            Target = AttributionTargetKind.Class,
            TargetClass = 1,
        });

    private RobustFeatureDatasetEstimator Dataset(
        ITransformer classifier, string? layer, FeatureDatasetKind kind = FeatureDatasetKind.Robust) =>
        _ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
        {
            Classifier = classifier,
            Kind = kind,
            Steps = kind == FeatureDatasetKind.Robust ? 2 : null,
            Layer = layer,
            Seed = 5,
        });

    private float[] Expected(Module<Tensor, Tensor> network, string layer)
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(_rows.SelectMany(row => row).ToArray()).view(12, 1, 6, 5);
        var found = new GradCam { Layer = layer }.Attribute(network, inputs, AttributionTarget.Class(1));
        return found.Values.data<float>().ToArray();
    }

    private float[] Attributions(ITransformer step) =>
        [.. step.Transform(_data).GetColumn<float[]>("Explanation").SelectMany(row => row)];

    private float[] Made(ITransformer step) =>
        [.. step.Transform(_data).GetColumn<float[]>("Features").SelectMany(row => row)];

    private static Module<Tensor, Tensor> Network()
    {
        var network = new Layered();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var at = 0;
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(arange(at, at + parameter.numel()).mul(0.6180339887).frac().sub(0.4).view(parameter.shape));
            at += (int)parameter.numel();
        }
        network.eval();
        return network;
    }

    private sealed class Row
    {
        [VectorType(1, 6, 5)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }
    }

    /// <summary>A user's network that does not tell its features.</summary>
    private sealed class Layered : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> convolution = Conv2d(1, 3, 3, padding: 1);
        private readonly Module<Tensor, Tensor> maps = ReLU();
        private readonly Module<Tensor, Tensor> hidden = Linear(90, 4);
        private readonly Module<Tensor, Tensor> output = Linear(4, 3);

        public Layered()
            : base(nameof(Layered)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var values = hidden.call(maps.call(convolution.call(input)).flatten(1));
            return output.call(values.tanh()).MoveToOuterDisposeScope();
        }
    }
}
