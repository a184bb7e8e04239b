using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Onnx;

/// <summary>A classifier's ONNX file against the classifier.</summary>
public sealed class ExportTests : IDisposable
{
    private const float Tolerance = 1e-5f;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int[]> Networks => new()
    {
        { "MultilayerPerceptron()", [4] },
        { "MultilayerPerceptron(16)", [4] },
        { "MultilayerPerceptron(8, 6)", [2, 4, 5] },
        { "InputNormalization([0.5], [0.25]) > MultilayerPerceptron(16)", [4] },
        { "InputNormalization([0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]) > MultilayerPerceptron(16)", [4] },
        { "ConvNet(4, 8)", [1, 7, 5] },
        { "ConvNet(4, 8)", [2, 8, 6] },
        { "ConvNet(3, 8)", [1, 1, 9] },
        { "InputNormalization([0.5], [0.25]) > ConvNet(4, 8)", [3, 5, 6] },
        { "InputNormalization([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]) > ConvNet(4, 8)", [3, 5, 6] },
        { "ResidualNet(4)", [1, 8, 8] },
        { "InputNormalization([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]) > ResidualNet(4)", [3, 9, 7] },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Networks))]
    public void OnnxFile_OfNumbers_GivesTheClassifiersScores(string architecture, int[] sizes) =>
        ScoresAreEqual<float>(architecture, sizes);

    [Theory]
    [MemberData(nameof(Networks))]
    public void OnnxFile_OfBytes_GivesTheClassifiersScores(string architecture, int[] sizes) =>
        ScoresAreEqual<byte>(architecture, sizes);

    [Fact]
    public void OnnxFile_OfFlatVectorsThatAreImages_GivesTheClassifiersScores() =>
        ScoresAreEqual<float>("ConvNet(4, 8)", [2 * 8 * 6], new InputShape(2, 8, 6));

    [Fact]
    public void OnnxFile_OfALoadedClassifier_IsTheSame()
    {
        var data = OnnxData.View(_ml, OnnxData.Make<float>(48), 3, 4, 4);
        using var classifier = OnnxData.Fit(_ml, data, "InputNormalization([0.5], [0.25]) > ResidualNet(4)");
        _ml.Model.Save(classifier, data.Schema, _folder.PathOf("model.zip"));
        using var loaded = (NeuralClassifierTransformer)new MLContext().Model.Load(_folder.PathOf("model.zip"), out _);
        Assert.Equal(File.ReadAllBytes(OnnxFile.Write(_ml, classifier, data, _folder.PathOf("made.onnx"))),
            File.ReadAllBytes(OnnxFile.Write(_ml, loaded, data, _folder.PathOf("loaded.onnx"))));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public void OnnxFile_OfEveryOpsetOfMlNet_GivesTheClassifiersScores(int opset) =>
        ScoresAreEqual<byte>("InputNormalization([0.5], [0.25]) > ConvNet(4, 8)", [1, 7, 5], opset: opset);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void OnnxFile_OfAFeatureThatIsNoFiniteNumber_GivesNaNAndNoLabel(float value)
    {
        var rows = OnnxData.Make<float>(35, rows: 6);
        using var classifier = OnnxData.Fit(_ml, OnnxData.View(_ml, rows, 1, 7, 5), "ConvNet(4, 8)");
        rows[2].Features[9] = value;
        var data = OnnxData.View(_ml, rows, 1, 7, 5);
        var scored = OnnxFile.ScoreRows(_ml, OnnxFile.Write(_ml, classifier, data, _folder.PathOf("model.onnx")), data);
        Assert.All(scored[2].Score, score => Assert.True(float.IsNaN(score)));
        Assert.Equal([false, false, true, false, false, false], scored.Select(row => row.PredictedLabel == 0));
        AreEqual(TwoDimensionalClasses.Scores(classifier.Transform(data)), scored);
    }

    private void ScoresAreEqual<T>(string architecture, int[] sizes, InputShape? shape = null, int opset = 12)
    {
        var rows = OnnxData.Make<T>(sizes.Aggregate((one, other) => one * other));
        var data = OnnxData.View(_ml, rows, sizes);
        using var classifier = OnnxData.Fit(_ml, data, architecture, shape);
        var path = OnnxFile.Write(_ml, classifier, data, _folder.PathOf("model.onnx"), opset);

        var expected = TwoDimensionalClasses.Scores(classifier.Transform(data));
        Assert.True(expected.Select(row => row.Score[0]).Distinct().Count() > 12);
        AreEqual(expected, OnnxFile.ScoreRows(_ml, path, data));
        AreEqual(expected, OnnxFile.ScoreBatch(path, sizes, [.. rows.Select(row => row.Features)]));
    }

    private static void AreEqual(
        List<(float[] Score, uint PredictedLabel)> expected, List<(float[] Score, uint PredictedLabel)> actual)
    {
        Assert.Equal(expected.Select(row => row.PredictedLabel), actual.Select(row => row.PredictedLabel));
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal(one.Score.Length, other.Score.Length);
            foreach (var (score, found) in one.Score.Zip(other.Score))
                Assert.Equal(score, found, Tolerance);
        }
    }
}
