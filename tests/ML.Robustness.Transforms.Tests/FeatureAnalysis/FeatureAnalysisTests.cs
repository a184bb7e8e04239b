using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.FeatureAnalysis;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.FeatureAnalysis;

/// <summary>The calls in ML.NET's catalog give what the engine gives.</summary>
public sealed class FeatureAnalysisTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(FeatureSource.Penultimate, 16)]
    [InlineData(FeatureSource.Outputs, 3)]
    public void MeasureFeatureLeakage_EqualsTheEngines(FeatureSource source, int features)
    {
        var (featureDataset, originals) = (TwoDimensionalClasses.Keyed(_ml, seed: 2),
            TwoDimensionalClasses.Keyed(_ml, rows: 60, seed: 3));
        using var model = _ml.Transforms.CopyColumns("Copy", "Number").Append(TwoDimensionalClasses.Trainer(_ml))
            .Fit(TwoDimensionalClasses.Keyed(_ml));
        using var one = Rows(TwoDimensionalClasses.Make(seed: 2));
        using var other = Rows(TwoDimensionalClasses.Make(rows: 60, seed: 3));
        var expected = RobustFeatureLeakage.Measure(model.LastTransformer.Network, source, one, other);
        var found = _ml.MulticlassClassification.MeasureFeatureLeakage(model, featureDataset, originals, source);
        Assert.Equal($"{expected}", $"{found}");
        Assert.Equal((features, 1 / 3.0), (found.Features, found.Chance));
        Assert.True(found.Accuracy > 0.9);
    }

    [Fact]
    public void AnalyzeLinearFeatures_EqualsTheEngines()
    {
        using var rows = Rows(TwoDimensionalClasses.Make());
        foreach (var negative in new int?[] { null, 2 })
        {
            var expected = LinearFeatures.Analyze(rows, ThreatModel.LInf(0.05), 1, negative);
            Assert.Equal(expected.Principal,
                _ml.MulticlassClassification.AnalyzeLinearFeatures(TwoDimensionalClasses.View(_ml), ThreatModel.LInf(0.05), 1,
                    negative, "Number").Principal);
            Assert.Equal(expected.Principal,
                _ml.MulticlassClassification.AnalyzeLinearFeatures(TwoDimensionalClasses.Keyed(_ml), ThreatModel.LInf(0.05), 1,
                    negative).Principal);
        }
    }

    [Fact]
    public void Errors_NameWhatIsWrong()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var copy = _ml.Transforms.CopyColumns("Copy", "Features").Fit(data);
        Assert.StartsWith("MeasureFeatureLeakage needs a classifier with gradients",
            Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.MeasureFeatureLeakage(copy, data, data)).Message,
            StringComparison.Ordinal);
        Assert.Contains("'Kind'",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.MulticlassClassification.AnalyzeLinearFeatures(data, ThreatModel.L2(1), 0, null, "Label",
                    "Kind")).Message, StringComparison.Ordinal);
        Assert.Contains("'Absent'",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.MulticlassClassification.AnalyzeLinearFeatures(data, ThreatModel.L2(1), 0, null, "Absent")).Message,
                StringComparison.Ordinal);
        Assert.Contains("Classes go from 0 to 2",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.MulticlassClassification.AnalyzeLinearFeatures(data, ThreatModel.L2(1), 3)).Message,
                StringComparison.Ordinal);
    }

    private static LabeledDataset Rows(TwoDimensionalClasses.Point[] points)
    {
        using var scope = NewDisposeScope();
        return LabeledDataset.FromTensors(
            tensor(points.SelectMany(point => point.Features).ToArray(), [points.Length, TwoDimensionalClasses.Dimensions])
                .MoveToOuterDisposeScope(),
            tensor(points.Select(point => (long)point.Number).ToArray()).MoveToOuterDisposeScope(),
            InputShape.Vector(TwoDimensionalClasses.Dimensions), 3);
    }
}
