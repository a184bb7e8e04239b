using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Onnx;

/// <summary>A chain's ONNX file against the chain: what comes before and after the classifier.</summary>
public sealed class ChainTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OnnxFile_OfAChain_GivesItsScoresAndNames()
    {
        var data = TwoDimensionalClasses.View(_ml);
        using var model = _ml.Transforms.Concatenate("Inputs", "Features", "Number")
            .Append(_ml.Transforms.NormalizeMinMax("Inputs"))
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Append(TwoDimensionalClasses.Trainer(_ml, options => options.FeatureColumnName = "Inputs"))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        _ml.Model.Save(model, data.Schema, _folder.PathOf("model.zip"));
        var loaded = _ml.Model.Load(_folder.PathOf("model.zip"), out _);

        var expected = model.Transform(data);
        foreach (var chain in new[] { model, loaded })
        {
            using var onnx = Load(chain, data);
            var scored = onnx.Transform(data);
            ScoresAreEqual(expected, scored);
            Assert.Equal(expected.GetColumn<string>("PredictedLabel"), Texts(scored));
        }

        ((IDisposable)loaded).Dispose();
    }

    [Fact]
    public void OnnxFile_OfClassNumbers_GivesThemBack()
    {
        var data = TwoDimensionalClasses.View(_ml);
        using var model = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number")
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Named", "PredictedLabel"))
            .Fit(data);
        var expected = model.Transform(data);
        using var onnx = Load(model, data);
        var scored = onnx.Transform(data);
        ScoresAreEqual(expected, scored);
        Assert.Equal(expected.GetColumn<uint>("PredictedLabel"), OnnxFile.Column<uint>(scored, "PredictedLabel"));
        Assert.Equal(expected.GetColumn<float>("Named"), OnnxFile.Column<float>(scored, "Named"));
    }

    [Fact]
    public void OnnxFile_OfTwoClassifiers_GivesTheScoresOfTheLast()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        using var model = TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 1)
            .Append(TwoDimensionalClasses.Trainer(
                _ml, options => options.Architecture = ModelArchitecture.MultilayerPerceptron()))
            .Fit(data);
        using var onnx = Load(model, data);
        var scored = onnx.Transform(data);
        ScoresAreEqual(model.Transform(data), scored);
    }

    [Fact]
    public void OnnxFile_OfAChainWithAugmentationForTraining_IsThatOfTheChainWithout()
    {
        var data = TwoDimensionalClasses.View(_ml);
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(data);
        using var classifier = TwoDimensionalClasses.Fitted(_ml);
        var augment = _ml.Transforms.PgdAugmentRows(classifier).Fit(keys.Transform(data));
        var scoring = new TransformerChain<ITransformer>(keys, classifier);
        var training = new TransformerChain<ITransformer>(
            [keys, augment, classifier],
            [TransformerScope.Everything, TransformerScope.TrainTest, TransformerScope.Everything]);
        Assert.Equal(File.ReadAllBytes(OnnxFile.Write(_ml, scoring, data, _folder.PathOf("scoring.onnx"))),
            File.ReadAllBytes(OnnxFile.Write(_ml, training, data, _folder.PathOf("training.onnx"))));
    }

    [Fact]
    public void Export_AfterAStepWithoutOnnx_SaysSo_AndItsRowsCanBeCached()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var copy = _ml.Transforms.CustomMapping<Given, Made>((given, made) => made.Points = given.Features, null).Fit(data);
        var rows = copy.Transform(data);
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.FeatureColumnName = "Points").Fit(rows);

        var error = Assert.Throws<InvalidOperationException>(
            () => Load(new TransformerChain<ITransformer>(copy, classifier), data));
        Assert.Equal(
            "Feature column 'Points' does not reach the classifier: a step before it cannot be exported to ONNX (a warning in "
            + "the log names it). Run the steps before the classifier in ML.NET, give ConvertToOnnx the classifier alone, and "
            + "ml.Data.Cache of their rows as its input data.", error.Message);

        using var onnx = Load(classifier, _ml.Data.Cache(rows));
        ScoresAreEqual(classifier.Transform(rows), onnx.Transform(rows));
    }

    private sealed class Given
    {
        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Made
    {
        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Points { get; set; } = [];
    }

    private OnnxTransformer Load(ITransformer model, IDataView data) =>
        OnnxFile.Load(_ml, OnnxFile.Write(_ml, model, data, _folder.PathOf("model.onnx")), data);

    private static IEnumerable<string> Texts(IDataView scored) =>
        OnnxFile.Column<ReadOnlyMemory<char>>(scored, "PredictedLabel").Select(text => text.ToString());

    private static void ScoresAreEqual(IDataView expected, IDataView actual)
    {
        var (one, other) = (TwoDimensionalClasses.ScoresOnly(expected), TwoDimensionalClasses.ScoresOnly(actual));
        Assert.Equal(one.Count, other.Count);
        foreach (var (score, found) in one.SelectMany(row => row).Zip(other.SelectMany(row => row)))
            Assert.Equal(score, found, 1e-5f);
    }
}
