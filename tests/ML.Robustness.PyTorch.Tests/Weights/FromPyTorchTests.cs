using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.PyTorch.Architectures;
using ML.Robustness.PyTorch.Tests.Testing;
using ML.Robustness.PyTorch.Weights;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Tests.Weights;

/// <summary>Files of weights become classifiers like those that were trained here.</summary>
public sealed class FromPyTorchTests : IDisposable
{
    private const string Own = "from-pytorch-own", WithSoftmax = "from-pytorch-softmax", Binary = "from-pytorch-binary";

    private static readonly InputShape Shape = States.Shape;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly List<string> _log = [];

    public FromPyTorchTests()
    {
        _ml.Log += (_, line) => _log.Add(line.Message);
        ModelArchitecture.Register(Own, (shape, classes) => Sequential(Flatten(), Linear(shape.Length, classes)));
        ModelArchitecture.Register(WithSoftmax,
            (shape, classes) => Sequential(Flatten(), Linear(shape.Length, classes), Softmax(1)));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(States.ConvNet, "weights.pth")]
    [InlineData(States.Perceptron, "weights.safetensors")]
    [InlineData(States.Normalized, "weights.pth")]
    public void Scores_AndVerdicts_AreThoseOfTheNetworkThatWasTrained(string architecture, string file)
    {
        var data = ImageRows.View(_ml, Shape, rows: 24, seed: 1);
        using var trained = Train(architecture, data);
        var path = _folder.PathOf(file);
        PyTorchWeights.Save(trained.Network, path);
        using var classifier = _ml.MulticlassClassification.FromPyTorch(
            path, ModelArchitecture.Parse(architecture), Shape, ImageRows.Classes);
        Assert.Equal(ImageRows.Scores(trained, data), ImageRows.Scores(classifier, data));
        var (expected, found) = (Evaluate(trained, data), Evaluate(classifier, data));
        Assert.InRange(expected.RobustAccuracy, 0.05, 0.95);
        Assert.Equal(expected.Report.RowResults.Select(row => (row.CleanPrediction, row.IsRobust)),
            found.Report.RowResults.Select(row => (row.CleanPrediction, row.IsRobust)));
        Assert.Contains(_log,
            line => line.Contains($"'{path}': Loaded {trained.Network.state_dict().Count} parameters and buffers.",
            StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(States.ConvNet)]
    [InlineData(States.Normalized)]
    public void SavedModels_LoadInAFreshProcess(string architecture)
    {
        using var network = States.Network(architecture, seed: 1);
        using var classifier = _ml.MulticlassClassification.FromPyTorch(
            States.Write(network.state_dict(), _folder.PathOf("weights.pth")), ModelArchitecture.Parse(architecture), Shape,
            ImageRows.Classes);
        LoadsInAFreshProcess(classifier);
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    public void NetworksOfTorchVision_AreSaved_AndLoadedWithoutCodeOfTheUser(string name)
    {
        var architecture = TorchVisionNetworks.ArchitectureOf(name).WithNormalization([0.5f, 0.4f, 0.3f], [0.2f, 0.3f, 0.4f]);
        using var network = TorchVisionNetworks.All[name].Create(ImageRows.Classes.Length);
        using var classifier = _ml.MulticlassClassification.FromPyTorch(
            States.Write(network.state_dict(), _folder.PathOf("weights.pth")), architecture, Shape, ImageRows.Classes);
        Assert.Equal($"InputNormalization([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]) > Registered(torchvision.{name})",
            $"{classifier.Architecture}");
        LoadsInAFreshProcess(classifier);
    }

    [Fact]
    public void RegisteredNetworks_OfProbabilities_AreSavedAndLoaded()
    {
        using var network = Sequential(Flatten(), Linear(Shape.Length, ImageRows.Classes.Length), Softmax(1));
        using var classifier = _ml.MulticlassClassification.FromPyTorch(
            States.Write(network.state_dict(), _folder.PathOf("weights.pth")),
            ModelArchitecture.Registered(WithSoftmax).WithNormalization([0.5f], [0.5f]), Shape, ImageRows.Classes);
        Assert.Contains(_log, line => line.Contains("are taken for probabilities", StringComparison.Ordinal));
        var data = ImageRows.View(_ml, Shape, rows: 3, seed: 9);
        _ml.Model.SaveAtomically(classifier, data.Schema, _folder.PathOf("model.zip"));
        using var loaded = (NeuralClassifierTransformer)_ml.Model.LoadVerified(_folder.PathOf("model.zip"), out _);
        Assert.Equal(ImageRows.Scores(classifier, data), ImageRows.Scores(loaded, data));
    }

    [Fact]
    public void Normalization_OfTheOptions_IsThatOfTheArchitecture()
    {
        using var network = States.Network(States.ConvNet, seed: 1);
        var path = States.Write(network.state_dict(), _folder.PathOf("weights.pth"));
        var architecture = ModelArchitecture.Parse(States.ConvNet);
        using var one = _ml.MulticlassClassification.FromPyTorch(
            path, architecture.WithNormalization([0.5f], [0.25f]), Shape, ImageRows.Classes);
        using var other = _ml.MulticlassClassification.FromPyTorch(path, architecture, Shape, ImageRows.Classes,
            options: new NetworkOptions { Mean = [0.5f], StandardDeviation = [0.25f] });
        Assert.Equal($"{one.Architecture}", $"{other.Architecture}");
        Assert.Equal(FreshProcess.Describe(_ml, one), FreshProcess.Describe(_ml, other));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void BinaryClassifiers_HaveTheColumnsOfMlNet(int outputs)
    {
        ModelArchitecture.Register(Binary, (shape, _) => Sequential(Flatten(), Linear(shape.Length, outputs)));
        using var network = Sequential(Flatten(), Linear(Shape.Length, outputs));
        using var classifier = _ml.BinaryClassification.FromPyTorch(
            States.Write(network.state_dict(), _folder.PathOf("weights.pth")), ModelArchitecture.Registered(Binary), Shape,
            options: new NetworkOptions { Outputs = NetworkOutputs.Logits });
        var data = ImageRows.View(_ml, Shape, rows: 3, seed: 9);
        float[] rows = [.. data.GetColumn<float[]>("Features").SelectMany(row => row)];
        var logits = network.call(tensor(rows, Shape.Batch(3)));
        var expected = outputs == 1 ? logits.flatten() : logits[.., 1] - logits[.., 0];
        var scores = classifier.Transform(data).GetColumn<float>("Score");
        Assert.All(expected.data<float>().ToArray().Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void FurtherTraining_StartsFromTheWeights()
    {
        var data = ImageRows.View(_ml, Shape, rows: 24, seed: 1);
        using var network = Sequential(Flatten(), Linear(Shape.Length, ImageRows.Classes.Length));
        using var classifier = _ml.MulticlassClassification.FromPyTorch(
            States.Write(network.state_dict(), _folder.PathOf("weights.pth")), ModelArchitecture.Registered(Own), Shape,
            ImageRows.Classes);
        using var robust = Train(null, data, classifier);
        PyTorchWeights.Save(robust.Network, _folder.PathOf("robust.safetensors"));
        using var again = _ml.MulticlassClassification.FromPyTorch(
            _folder.PathOf("robust.safetensors"), ModelArchitecture.Registered(Own), Shape, ImageRows.Classes);
        Assert.NotEqual(ImageRows.Scores(classifier, data), ImageRows.Scores(robust, data));
        Assert.Equal(ImageRows.Scores(robust, data), ImageRows.Scores(again, data));
    }

    [Fact]
    public void WhatDoesNotFit_IsRefused()
    {
        using var network = States.Network(States.ConvNet, seed: 1);
        var path = States.Write(network.state_dict(), _folder.PathOf("weights.pth"));
        var convNet = ModelArchitecture.Parse(States.ConvNet);
        Assert.Contains("has the weights of another network than ConvNet(4, 9)", Assert.Throws<InvalidDataException>(
            () => From(ModelArchitecture.ConvNet(4, 9))).Message, StringComparison.Ordinal);
        Assert.Contains("'output.weight' is [2, 8] in the network and [3, 8] in the file", Assert.Throws<InvalidDataException>(
            () => From(convNet, ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.StartsWith("RegisteredName is 'x', but FromPyTorch takes the architecture ConvNet(4, 8)",
            Assert.Throws<ArgumentException>(() => From(convNet, options: new NetworkOptions { RegisteredName = "x" })).Message,
            StringComparison.Ordinal);
        Assert.StartsWith($"The architecture {States.Normalized} has layers before the network, and so have the options",
            Assert.Throws<ArgumentException>(() => From(ModelArchitecture.Parse(States.Normalized),
                options: new NetworkOptions { Mean = [0.5f], StandardDeviation = [0.5f] })).Message, StringComparison.Ordinal);
        Assert.Contains("No network is registered as 'nobody'", Assert.Throws<InvalidOperationException>(
            () => From(ModelArchitecture.Registered("nobody"))).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => _ml.MulticlassClassification.FromPyTorch(
            _folder.PathOf("missing.pth"), convNet, Shape, ImageRows.Classes));

        NeuralClassifierTransformer From(ModelArchitecture architecture, string[]? names = null,
            NetworkOptions? options = null) =>
            _ml.MulticlassClassification.FromPyTorch(path, architecture, Shape, names ?? ImageRows.Classes, options: options);
    }

    private void LoadsInAFreshProcess(NeuralClassifierTransformer classifier)
    {
        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(classifier, ImageRows.View(_ml, classifier.InputShape, 3, seed: 9).Schema, path);
        Assert.Equal(FreshProcess.Describe(_ml, classifier), FreshProcess.Run(path));
    }

    private NeuralClassifierTransformer Train(
        string? architecture, IDataView data, NeuralClassifierTransformer? start = null) =>
        _ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = architecture is null ? null : ModelArchitecture.Parse(architecture),
            StartingFrom = start,
            Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.02)) { Steps = 2 },
            Optimizer = new AdamWOptions { LearningRate = 0.01 },
            Epochs = 6,
            BatchSize = 8,
        }).Fit(data);

    private RobustnessMetrics Evaluate(NeuralClassifierTransformer classifier, IDataView data) =>
        _ml.MulticlassClassification.EvaluateRobustness(classifier, data, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.1),
            Suite = threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 }),
        });
}
