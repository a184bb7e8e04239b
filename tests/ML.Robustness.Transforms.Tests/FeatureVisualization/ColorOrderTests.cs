using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.FeatureVisualization;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.FeatureVisualization;

/// <summary>The order of colours changes the images alone: Bgr draws values as Rgb draws them with the channels
/// exchanged.</summary>
public sealed class ColorOrderTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 3);
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _rows;

    public ColorOrderTests()
    {
        _classifier = ColorRows.Classifier(_ml);
        _rows = ColorRows.View(_ml);
    }

    public void Dispose() => _classifier.Dispose();

    [Fact]
    public void VisualizeFeatures_DrawsInTheOrder()
    {
        var options = new VisualizeFeaturesOptions
        {
            Visualizer = new FeatureVisualizer(ThreatModel.Unbounded()) { Steps = 3, StepSize = 0.3 },
            Start = VisualizationStartKind.Rows,
            Data = _rows,
            Count = 2,
        };
        var rgb = _ml.MulticlassClassification.VisualizeFeatures(_classifier, options);
        options.ColorOrder = ColorOrder.Bgr;
        var bgr = _ml.MulticlassClassification.VisualizeFeatures(_classifier, options);
        Assert.Equal(Drawn(ColorRows.Make(2).Concat(ColorRows.Make(2)).Select(row => row.Flipped)),
            Stripes.Pictures(bgr, "Start"));
        AssertExchanged(rgb, bgr, ["Start", "Image"], "Values");
    }

    [Fact]
    public void MorphToClass_DrawsInTheOrder()
    {
        var options = new MorphOptions { Morph = new(ThreatModel.L2(1)) { Steps = 2, Snapshots = [0, 2] }, Rows = 3 };
        var rgb = _ml.MulticlassClassification.MorphToClass(_classifier, _rows, "1", options);
        options.ColorOrder = ColorOrder.Bgr;
        var bgr = _ml.MulticlassClassification.MorphToClass(_classifier, _rows, "1", options);
        Assert.Equal(Drawn(ColorRows.Make(3).Select(row => row.Flipped)), Stripes.Pictures(bgr, "Step0"));
        AssertExchanged(rgb, bgr, ["Step0", "Step2"], "Values");
    }

    [Fact]
    public void FindTopActivatingRows_DrawsInTheOrder()
    {
        IDataView Find(ColorOrder order) => _ml.MulticlassClassification.FindTopActivatingRows(
            _classifier, _rows, FeatureObjective.Logit(1), count: 2, colorOrder: order);
        AssertExchanged(Find(ColorOrder.Rgb), Find(ColorOrder.Bgr), ["Image"], "Values");
        Assert.Throws<ArgumentOutOfRangeException>(() => Find((ColorOrder)2));
    }

    [Fact]
    public void TuningCurve_DrawsInTheOrder()
    {
        IDataView Turn(ColorOrder order) => _ml.MulticlassClassification.TuningCurve(
            _classifier, _rows, FeatureObjective.Logit(1), [0, 45], rows: 2, colorOrder: order);
        AssertExchanged(Turn(ColorOrder.Rgb), Turn(ColorOrder.Bgr), ["Image"], null);
        Assert.Throws<ArgumentOutOfRangeException>(() => Turn((ColorOrder)2));
    }

    [Fact]
    public void VisualizeFirstLayer_DrawsInTheOrder()
    {
        IDataView Show(ColorOrder order) => _ml.MulticlassClassification.VisualizeFirstLayer(_classifier, order);
        AssertExchanged(Show(ColorOrder.Rgb), Show(ColorOrder.Bgr), ["Image"], null);
        Assert.Throws<ArgumentOutOfRangeException>(() => Show((ColorOrder)2));
    }

    [Fact]
    public void Options_RefuseAnotherOrder()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new VisualizeFeaturesOptions { ColorOrder = (ColorOrder)2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MorphOptions { ColorOrder = (ColorOrder)2 });
    }

    private static RgbImage[] Drawn(IEnumerable<float[]> rows) =>
        [.. rows.Select(row => RgbImage.FromValues(row, ColorRows.Shape, ValueRange.Unit))];

    private static void AssertExchanged(IDataView rgb, IDataView bgr, string[] images, string? values)
    {
        Assert.Equal(rgb.Schema.Select(column => column.Name), bgr.Schema.Select(column => column.Name));
        foreach (var name in images)
        {
            var expected = Stripes.Pictures(rgb, name).Select(ColorRows.Exchanged).ToArray();
            Assert.Equal(expected, Stripes.Pictures(bgr, name));
            Assert.NotEqual(expected, Stripes.Pictures(rgb, name));
        }

        if (values is not null)
        {
            var found = Stripes.Vectors(bgr, values);
            Assert.Equal(Stripes.Vectors(rgb, values), found);
            Assert.Equal(Drawn(found.Select(ColorRows.Flip)), Stripes.Pictures(bgr, images[^1]));
        }
    }
}
