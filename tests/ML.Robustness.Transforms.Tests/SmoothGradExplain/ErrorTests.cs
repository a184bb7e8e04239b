using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>What the step refuses, and in which words.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public ErrorTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public void Dispose() => _classifier.Dispose();

    private sealed class Row
    {
        public float Number { get; set; }

        public string Text { get; set; } = "";

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [0.5f, 0.5f, 0.5f, 0.5f];
    }

    [Fact]
    public void ClassifierWithoutGradients_IsRefused()
    {
        var copy = _ml.Transforms.CopyColumns("Copy", "Features").Fit(TwoDimensionalClasses.Keyed(_ml));
        Assert.StartsWith(
            "SmoothGradExplain needs a classifier with gradients: expected a NeuralClassifierTransformer, alone or in a "
                + "chain, got ",
            Assert.Throws<ArgumentException>(() => _ml.Transforms.SmoothGradExplain(copy)).Message, StringComparison.Ordinal);
        Assert.Contains("Options.Classifier is not set",
            Assert.Throws<ArgumentException>(
                () => _ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options())).Message,
                StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => _ml.Transforms.SmoothGradExplain(classifier: null!));
    }

    [Fact]
    public void Settings_OutsideTheirBounds_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.SmoothGradExplain(_classifier, samples: 0));
        Assert.Contains("Noise must be a finite number of zero or more",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.SmoothGradExplain(_classifier, noise: -0.1)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmoothGradExplainEstimator.Options { BatchSize = 0 });
        Assert.Throws<ArgumentException>(() => new SmoothGradExplainEstimator.Options { OutputColumnName = "" });
    }

    [Fact]
    public void Settings_ThatDoNotGoTogether_AreRefused()
    {
        Refuses("Options.TargetClass is not set, which a Target of Class needs: give it a class from 0 to 2.",
            options => options.Target = AttributionTargetKind.Class);
        Refuses("Options.RivalClass is not set, which a Target of Margin needs",
            options => (options.Target, options.TargetClass) = (AttributionTargetKind.Margin, 1));
        Refuses("Options.TargetClass is 3, but the classifier has the classes 0 to 2.",
            options => (options.Target, options.TargetClass) = (AttributionTargetKind.Class, 3));
        Refuses("Options.RivalClass is -1, but the classifier has",
            options => (options.Target, options.TargetClass, options.RivalClass) = (AttributionTargetKind.Margin, 1, -1));
        Refuses("A margin is one between two classes, but TargetClass and RivalClass are both 1.",
            options => (options.Target, options.TargetClass, options.RivalClass) = (AttributionTargetKind.Margin, 1, 1));
        Refuses(
            "Options.TargetClass is 1, but a Target of PredictedClass has no use for it: leave it null, or set Target to Class "
                + "or Margin.", options => options.TargetClass = 1);
        Refuses("Options.RivalClass is 1, but a Target of Class has no use for it: leave it null, or set Target to Margin.",
            options => (options.Target, options.TargetClass, options.RivalClass) = (AttributionTargetKind.Class, 0, 1));
        Refuses("Options.SumChannels is set, but the classifier reads vectors of 4 features, not images: leave it false.",
            options => options.SumChannels = true);
        Refuses(
            "Options.Method is smoothed already (Saliency, 5 samples, noise 0.1): give SmoothedAttribution.Inner, Saliency, and "
                + "set Options.Samples", options => options.Method = new Saliency().Smoothed(5, 0.1));
        Refuses("Noise is a share of the range's span, and [-Infinity, Infinity] has none: set Range",
            options => options.Range = ValueRange.Unbounded);
    }

    [Fact]
    public void MethodThatCannotExplainTheClassifier_IsRefusedBeforeAnyData()
    {
        Refuses("Grad-CAM explains images (N, C, H, W), got [1, 4].", options => options.Method = new GradCam());
        Refuses("BaselineRow has 2 values but a row of shape [4] has 4.",
            options => options.Method = new IntegratedGradients { BaselineRow = [0, 1] });
    }

    [Fact]
    public void UnboundedRange_WithoutNoise_Works()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var step = Explained.Estimator(_ml, _classifier,
            options => (options.Range, options.Noise, options.Samples) = (ValueRange.Unbounded, 0, 1)).Fit(data);
        Assert.Equal(90, Explained.Rows(step.Transform(data)).Count);
    }

    [Theory]
    [InlineData("Features", "Absent",
        "Could not find label column 'Absent'. The columns are 'Number', 'Text', 'Features'. The "
            + "label's score is explained: to explain rows without labels, leave Options.Target at PredictedClass.")]
    public void WrongColumns_AreNamedAlike_ByFitAndGetOutputSchema(string features, string label, string expected)
    {
        var data = View(new Row());
        var estimator = Explained.Estimator(_ml, _classifier,
            options => (options.InputColumnName, options.Target, options.LabelColumnName) = (features,
                AttributionTargetKind.Label, label));
        EstimatorContract.AssertRefusesColumns(estimator, data, expected);
    }

    [Fact]
    public void BadRows_AreNamed()
    {
        Fails("Row 1 of column 'Features' holds NaN (slot 1), but features must be finite.", options => { }, new Row(),
            new Row { Features = [0, float.NaN, 0, 0] });
        Fails("Row 1 of column 'Number' has label 3: expected a class number from 0 to 2.",
            options => (options.Target, options.LabelColumnName) = (AttributionTargetKind.Label, "Number"), new Row(),
            new Row { Number = 3 });
    }

    private void Fails(string expected, Action<SmoothGradExplainEstimator.Options> change, params Row[] rows)
    {
        var view = Explained.Estimator(_ml, _classifier, change).Fit(View(rows)).Transform(View(rows));
        Assert.StartsWith(expected, Assert.Throws<InvalidOperationException>(() => Explained.Rows(view)).Message,
            StringComparison.Ordinal);
    }

    private void Refuses(string expected, Action<SmoothGradExplainEstimator.Options> change) =>
        Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => Explained.Estimator(_ml, _classifier, change)).Message,
            StringComparison.Ordinal);

    private IDataView View(params Row[] rows) => _ml.Data.LoadFromEnumerable(rows);
}
