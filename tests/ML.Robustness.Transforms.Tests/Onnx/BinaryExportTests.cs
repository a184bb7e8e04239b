using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Onnx;

/// <summary>A binary classifier's ONNX file against the classifier.</summary>
public sealed class BinaryExportTests : IDisposable
{
    private const float Tolerance = 1e-5f;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(9)]
    [InlineData(12)]
    public void OnnxFile_GivesScoreProbabilityAndLabel(int opset)
    {
        using var classifier = BinaryPoints.Fitted(_ml);
        var points = BinaryPoints.Make(40, seed: 3);
        points[2].Features[1] = float.NaN;
        var data = _ml.Data.LoadFromEnumerable(points);

        var path = OnnxFile.Write(_ml, classifier, data, _folder.PathOf("model.onnx"), opset);

        using var onnx = OnnxFile.Load(_ml, path, data);
        var scored = onnx.Transform(data);
        var expected = classifier.Transform(data);
        foreach (var name in (string[])["Score", "Probability"])
        {
            var found = OnnxFile.Column<float>(scored, name);
            Assert.True(float.IsNaN(found[2]));
            foreach (var (one, other) in expected.GetColumn<float>(name).Zip(found))
                Assert.Equal(one, other, Tolerance);
        }
        Assert.Equal(expected.GetColumn<bool>("PredictedLabel"), OnnxFile.Column<bool>(scored, "PredictedLabel"));
    }
}
