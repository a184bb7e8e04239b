using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.PyTorch.Weights;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.Documentation;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;
using Onnx;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>Networks from elsewhere are classifiers like those that were trained here.</summary>
public sealed class ForeignNetworkTests : IDisposable
{
    private static readonly string[] Names = ["red", "green", "blue"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly NeuralClassifierTransformer _native;
    private readonly IDataView _data;

    public ForeignNetworkTests()
    {
        _native = TwoDimensionalClasses.Fitted(_ml, options =>
            (options.Architecture, options.Epochs) = (ModelArchitecture.MultilayerPerceptron(), 10));
        _data = ForeignNetworks.Data(_ml);
        ForeignNetworks.Register();
    }

    public static TheoryData<string> Ways => ["module", "registered", "TorchScript", "ONNX", "pth", "safetensors"];

    public void Dispose()
    {
        _native.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Scores_Verdicts_AndAttributions_AreThoseOfTheNativeNetwork(string way)
    {
        using var classifier = Make(way);
        Near(Scores(_native), Scores(classifier), 1e-6);
        foreach (var (_, suite) in ForeignNetworks.Suites)
        {
            var (expected, found) = (ForeignNetworks.Evaluate(_ml, _native, suite),
                ForeignNetworks.Evaluate(_ml, classifier, suite));
            Assert.InRange(expected.RobustAccuracy, 0.05, 0.95);
            Assert.Equal(expected.Report.RowResults.Select(row => (row.CleanPrediction, row.IsRobust, row.Attack)),
                found.Report.RowResults.Select(row => (row.CleanPrediction, row.IsRobust, row.Attack)));
        }
        Near(Attributions(_native), Attributions(classifier), 1e-4);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("registered")]
    [InlineData("TorchScript")]
    [InlineData("ONNX")]
    [InlineData("pth")]
    public void Scores_Verdicts_AndAttributions_AreTheSameInAFreshProcess(string way)
    {
        using var made = way == "native" ? null : Make(way);
        var classifier = made ?? _native;
        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(classifier, _data.Schema, path);
        Assert.Equal(ForeignNetworks.Describe(_ml, classifier), FreshProcess.Run(path, isTrusting: true));
    }

    [Theory]
    [InlineData("registered")]
    [InlineData("TorchScript")]
    [InlineData("ONNX")]
    public void SavedAndLoaded_ScoresAreTheSame(string way)
    {
        using var classifier = Make(way);
        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(classifier, _data.Schema, path);
        if (way == "TorchScript")
        {
            // A process that did not trust the file itself says so first.
            Assert.Contains("Call TorchScriptNetwork.AllowInModelFiles()",
                Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => FreshProcess.Run(path)).Message, StringComparison.Ordinal);
            TorchScriptNetwork.AllowInModelFiles();
        }
        var loaded = Assert.IsType<NeuralClassifierTransformer>(_ml.Model.LoadVerified(path, out _));
        using (loaded)
        {
            Assert.Equal(Scores(classifier), Scores(loaded));
            Assert.Equal(["red", "green", "blue"], Keys(loaded));
        }
        if (way == "registered")
            return;
        // What a later training changed travels, too.
        using (no_grad())
            classifier.Network.parameters().First().mul_(2);
        _ml.Model.SaveAtomically(classifier, _data.Schema, path);
        using var changed = (NeuralClassifierTransformer)_ml.Model.LoadVerified(path, out _);
        Assert.Equal(Scores(classifier), Scores(changed));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("registered")]
    [InlineData("TorchScript")]
    [InlineData("ONNX")]
    public void FurtherTraining_StartsFromTheNetwork_AndLeavesItAsItIs(string way)
    {
        using var start = way == "native" ? null : Make(way);
        var before = Scores(start ?? _native);
        var weights = Weights(start ?? _native);
        var options = TwoDimensionalClasses.Options(
            given => (given.Architecture, given.Epochs, given.StartingFrom, given.IsTrained) =
            (null, 2, start ?? _native, name => name.Contains("weight", StringComparison.Ordinal) || way == "ONNX"));
        using var trained = _ml.MulticlassClassification.Trainers.AdversarialTraining(options).Fit(_data);
        Assert.Equal(before, Scores(start ?? _native));
        var after = Weights(trained);
        Assert.NotEqual(weights[0], after[0]);
        // Two short epochs from the same weights stay near them.
        Assert.All(weights[0].Zip(after[0]), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 0.5));
        if (way != "ONNX")
            Assert.Equal(weights[1], after[1]);
        var path = _folder.PathOf("tuned.zip");
        _ml.Model.SaveAtomically(trained, _data.Schema, path);
        using var loaded = (NeuralClassifierTransformer)_ml.Model.LoadVerified(path, out _);
        Assert.Equal(Scores(trained), Scores(loaded));

        static float[][] Weights(NeuralClassifierTransformer classifier) =>
            [.. classifier.Network.parameters().Select(values => values.cpu().data<float>().ToArray())];
    }

    [Fact]
    public void FurtherTraining_OfWhatDoesNotFit_IsRefused()
    {
        string Refused(IDataView data, Action<AdversarialTrainer.Options> change) => Assert.ThrowsAny<ArgumentException>(
            () => _ml.MulticlassClassification.Trainers.AdversarialTraining(TwoDimensionalClasses.Options(options =>
            {
                (options.Architecture, options.StartingFrom) = (null, _native);
                change(options);
            })).Fit(data)).Message;
        Assert.Contains("leave Architecture null",
            Refused(_data, options => options.Architecture = ModelArchitecture.MultilayerPerceptron(3)),
            StringComparison.Ordinal);
        Assert.Contains("leaves no parameter to train", Refused(_data, options => options.IsTrained = _ => false),
            StringComparison.Ordinal);
        var two = _ml.Data.FilterRowsByColumn(TwoDimensionalClasses.View(_ml), "Number", upperBound: 1.5);
        two = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(two).Transform(two);
        Assert.Contains("has 3 classes, but the data has 2", Refused(two, _ => { }), StringComparison.Ordinal);
        var other = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind", keyOrdinality:
            Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(_data).Transform(_data);
        Assert.Contains("Make both with the same fitted MapValueToKey", Refused(other, _ => { }), StringComparison.Ordinal);
    }

    [Fact]
    public void ProbabilitiesOfOurOwnExport_AreScoredAlike()
    {
        using var classifier = FromOnnx("Score.output");
        Near(Scores(_native), Scores(classifier), 1e-6);
    }

    [Fact]
    public void ModuleWithoutAName_CannotBeSaved_AndSaysHow()
    {
        using var classifier = Make("module");
        var error = Assert.Throws<NotSupportedException>(
            () => _ml.Model.SaveAtomically(classifier, _data.Schema, _folder.PathOf("model.zip")));
        Assert.Contains("ModelArchitecture.Register", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.PathOf("model.zip")));
    }

    [Fact]
    public void Probabilities_AreDetected_AndStayProbabilities()
    {
        using var classifier = _ml.MulticlassClassification.FromModule(
            Layers(Copied(), Softmax(1)), InputShape.Vector(4), Names, new NetworkOptions { RegisteredName = "foreign-softmax" });
        Near(Scores(_native), Scores(classifier), 1e-6);
        ModelArchitecture.Register("foreign-softmax", (shape, classes) => Layers(Linear(shape.Length, classes), Softmax(1)));
        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(classifier, _data.Schema, path);
        using var loaded = (NeuralClassifierTransformer)_ml.Model.LoadVerified(path, out _);
        Assert.Equal(Scores(classifier), Scores(loaded));
        using var taken = _ml.MulticlassClassification.FromModule(
            Layers(Copied(), Softmax(1)), InputShape.Vector(4), Names, new NetworkOptions { Outputs = NetworkOutputs.Logits });
        Assert.NotEqual(Scores(_native), Scores(taken));
    }

    [Fact]
    public void WhatDoesNotFit_IsRefused()
    {
        Assert.StartsWith("The network has 3 classes, but 2 are named.", Refused(Copied, ["a", "b"]), StringComparison.Ordinal);
        Assert.StartsWith("Each class needs a name of its own.", Refused(Copied, ["a", "b", "a"]), StringComparison.Ordinal);
        Assert.StartsWith("A classifier has two classes or more, but 1 are named.", Refused(Copied, ["a"]),
            StringComparison.Ordinal);
        Assert.Contains("The network failed on inputs of shape",
            Assert.Throws<InvalidOperationException>(() => _ml.MulticlassClassification.FromModule(
                Layers(Copied()), InputShape.Vector(5), Names)).Message, StringComparison.Ordinal);
        Assert.Contains("trusted: true", Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.FromTorchScript(
            Script(), InputShape.Vector(4), Names, trusted: false)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.PathOf("garbage.pt"), "garbage");
        Assert.Contains("garbage.pt' is no TorchScript, or is damaged",
            Assert.Throws<InvalidDataException>(() => _ml.MulticlassClassification.FromTorchScript(
                _folder.PathOf("garbage.pt"), InputShape.Vector(4), Names, trusted: true)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => _ml.MulticlassClassification.FromTorchScript(
            _folder.PathOf("missing.pt"), InputShape.Vector(4), Names, trusted: true));

        string Refused(Func<Module<Tensor, Tensor>> network, string[] names) => Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.FromModule(Layers(network()), InputShape.Vector(4), names)).Message;
    }

    private NeuralClassifierTransformer Make(string way) => way switch
    {
        "module" => _ml.MulticlassClassification.FromModule(Layers(Copied()), InputShape.Vector(4), Names),
        "registered" => _ml.MulticlassClassification.FromModule(
            Layers(Copied()), InputShape.Vector(4), Names, new NetworkOptions { RegisteredName = ForeignNetworks.Registered }),
        "TorchScript" => _ml.MulticlassClassification.FromTorchScript(Script(), InputShape.Vector(4), Names, trusted: true),
        "ONNX" => FromOnnx(),
        _ => FromWeights(_folder.PathOf($"weights.{way}")),
    };

    private static Module<Tensor, Tensor> Layers(params Module<Tensor, Tensor>[] layers) => Sequential([Flatten(), .. layers]);

    private TorchSharp.Modules.Linear Copied()
    {
        var layer = Linear(4, 3);
        using var quiet = no_grad();
        foreach (var (copy, own) in layer.parameters().Zip(_native.Network.parameters()))
            copy.copy_(own);
        return layer;
    }

    private string Script()
    {
        float[][] weights = [.. _native.Network.parameters().Select(values => values.cpu().data<float>().ToArray())];
        var matrix = new float[3, 4];
        for (var i = 0; i < 12; i++)
            matrix[i / 4, i % 4] = weights[0][i];
        TorchScriptFile.Write(_folder.PathOf("model.pt"), matrix, weights[1]);
        return _folder.PathOf("model.pt");
    }

    // Our own export comes back: its scores are probabilities, with NaN for rows that are not finite; the logits are before them.
    private NeuralClassifierTransformer FromOnnx(string? output = null)
    {
        var path = _folder.PathOf("model.onnx");
        using (var file = File.Create(path))
            _ml.Model.ConvertToOnnx(_native, TwoDimensionalClasses.View(_ml), file);
        output ??= ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph.Node.Single(
            node => node.OpType == "Softmax").Input[0];
        return _ml.MulticlassClassification.FromOnnx(path, Names, graph: new OnnxNetworkOptions { OutputName = output });
    }

    private NeuralClassifierTransformer FromWeights(string path)
    {
        PyTorchWeights.Save(_native.Network, path);
        return _ml.MulticlassClassification.FromPyTorch(path, _native.Architecture, InputShape.Vector(4), Names);
    }

    private float[] Scores(ITransformer model) => ForeignNetworks.Scores(_ml, model);

    private string[] Keys(ITransformer model)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        model.Transform(_data).Schema["PredictedLabel"].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => $"{name}")];
    }

    private float[] Attributions(ITransformer model) => ForeignNetworks.Attributions(_ml, model);

    private static void Near(float[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }
}
