using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Corruptions;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Onnx;

/// <summary>What has no ONNX form is an error that names it.</summary>
public sealed class UnexportableTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;
    private readonly NeuralClassifierTransformer _classifier;

    public UnexportableTests()
    {
        _data = OnnxData.View(_ml, OnnxData.Make<float>(35), 1, 7, 5);
        _classifier = OnnxData.Fit(_ml, _data, "MultilayerPerceptron()", epochs: 1);
    }

    public static TheoryData<string> Steps =>
        ["PgdAugment", "PgdAugmentRows", "SmoothGradExplain", "RobustFeatureDataset", "Corrupt", "RenderHeatmap"];

    public void Dispose() => _classifier.Dispose();

    [Theory]
    [MemberData(nameof(Steps))]
    public void Export_OfAStepThatIsNoClassifier_NamesIt(string step)
    {
        var chain = new TransformerChain<ITransformer>(_classifier, Fitted(step));
        Assert.Equal(
            $"{step} cannot be exported to ONNX: of this library's steps, only the classifier can. Append {step} with "
            + "TransformerScope.TrainTest, which ConvertToOnnx leaves out, or give ConvertToOnnx a chain without it. Where "
            + $"{step} made the input data, give ConvertToOnnx ml.Data.Cache of them.", ErrorOf(chain, _data));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Export_OfAClassifierOverRowsOfSuchAStep_WorksOnceTheyAreCached(string step)
    {
        var rows = Fitted(step).Transform(_data);
        Assert.StartsWith($"{step} cannot be exported to ONNX", ErrorOf(_classifier, rows), StringComparison.Ordinal);
        using var stream = new MemoryStream();
        var features = rows.Schema.Where(column => column.Name != "Features").Select(column => column.Name);
        var plain = _ml.Transforms.DropColumns([.. features]).Fit(rows).Transform(rows);
        _ml.Model.ConvertToOnnx(_classifier, _ml.Data.Cache(plain), stream);
        Assert.NotEqual(0, stream.Length);
    }

    [Fact]
    public void Export_OfANetworkOfTheUsersOwn_NamesIt()
    {
        ModelArchitecture.Register("own", (shape, classes) => Sequential(Flatten(), Linear(shape.Length, classes)));
        using var classifier = OnnxData.Fit(_ml, _data, "Registered(own)", epochs: 1);
        Assert.Equal(
            "The architecture 'Registered(own)' cannot be exported to ONNX: Flatten is not one of ConvNet, ResidualNet and "
            + "MultilayerPerceptron, with or without InputNormalization. Train one of these, or write the network's own nodes "
            + "with an ONNX library and the weights of Network.state_dict().", ErrorOf(classifier, _data));
    }

    [Fact]
    public void Export_OfADisposedClassifier_SaysSo()
    {
        var rows = _classifier.Transform(_data);
        _classifier.Dispose();
        using var stream = new MemoryStream();
        Assert.Throws<ObjectDisposedException>(
            () => _ml.Model.ConvertToOnnx(_ml.Transforms.CopyColumns("Copy", "Label").Fit(rows), rows, stream));
    }

    private ITransformer Fitted(string step)
    {
        var explain = _ml.Transforms.SmoothGradExplain(_classifier, samples: 2).Fit(_data);
        return step switch
        {
            "PgdAugment" => _ml.Transforms.PgdAugment(_classifier).Fit(_data),
            "PgdAugmentRows" => _ml.Transforms.PgdAugmentRows(_classifier).Fit(_data),
            "SmoothGradExplain" => explain,
            "RobustFeatureDataset" => _ml.Transforms.RobustFeatureDataset(
                _classifier, FeatureDatasetKind.RandomLabels, ThreatModel.L2(0.5)).Fit(_data),
            "Corrupt" => _ml.Transforms.Corrupt("Corrupted", Corruption.All[0], inputColumnName: "Features").Fit(_data),
            _ => new TransformerChain<ITransformer>(
                explain, _ml.Transforms.RenderHeatmap("Heatmap", "Explanation").Fit(explain.Transform(_data))),
        };
    }

    private string ErrorOf(ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        return Assert.Throws<InvalidOperationException>(() => _ml.Model.ConvertToOnnx(model, data, stream)).Message;
    }
}
