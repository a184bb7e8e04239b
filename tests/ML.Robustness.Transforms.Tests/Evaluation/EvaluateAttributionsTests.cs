using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.FeatureVisualization;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Evaluation;

public sealed class EvaluateAttributionsTests : IDisposable
{
    private static readonly AttributionQuality Quick = new(new Saliency())
    {
        Perturbations = 3,
        SensitivitySamples = 2,
        RemovalSteps = 6,
        SanityRows = 5
    };

    private readonly MLContext _ml = new(seed: 3);
    private readonly TransformerChain<NeuralClassifierTransformer> _one;
    private readonly TransformerChain<NeuralClassifierTransformer> _other;
    private readonly IDataView _rows;

    public EvaluateAttributionsTests()
    {
        _one = Stripes.Chain(_ml, epochs: 3);
        _other = Stripes.Chain(_ml, ModelArchitecture.MultilayerPerceptron(), epochs: 3);
        _rows = Stripes.View(_ml);
    }

    private Dictionary<string, ITransformer> Models => new() { ["small"] = _one, ["linear"] = _other };

    public void Dispose()
    {
        _one.LastTransformer.Dispose();
        _other.LastTransformer.Dispose();
    }

    [Fact]
    public void Comparison_HasAColumnForEachModelAndTheEnginesNumbers()
    {
        var before = TwoDimensionalClasses.Weights(_one.LastTransformer);
        var comparison = _ml.MulticlassClassification.EvaluateAttributions(Models, _rows,
            new AttributionQualityOptions { Quality = Quick, Rows = 20, Seed = 7 });

        Assert.Equal(["small", "linear"], comparison.Names);
        Assert.Equal(20, comparison["small"].Rows);
        // A linear model's gradient predicts it, up to float32's rounding of its scores.
        Assert.InRange(comparison["linear"].NormalizedInfidelity.Mean, 0, 1e-6);
        Assert.Equal(0, comparison["linear"].SensitivityMax.Mean);
        Assert.True(comparison["small"].NormalizedInfidelity.Mean > 1e-4);
        Assert.Equal(["output", "hiddenLayer", "second", "first"], comparison["small"].SanityCheck.Select(layer => layer.Layer));
        Assert.Contains("|           linear | BETTER", comparison.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, TwoDimensionalClasses.Weights(_one.LastTransformer));

        var again = _ml.MulticlassClassification.EvaluateAttributions(Models, _rows,
            new AttributionQualityOptions { Quality = Quick, Rows = 20, Seed = 7 });
        Assert.Equal(comparison.ToString(), again.ToString());
    }

    [Fact]
    public void TheShortCall_TakesAnyMethod()
    {
        var comparison = _ml.MulticlassClassification.EvaluateAttributions(Models, _rows, new InputTimesGradient(), rows: 4);
        Assert.Equal("InputTimesGradient", comparison["small"].Method);
        Assert.Equal(4, comparison["linear"].Rows);
    }

    [Fact]
    public void Labels_AreReadWhereTheyAreExplained()
    {
        var quality = new AttributionQuality(new Saliency())
        {
            ExplainsLabels = true,
            SanityRows = 0,
            SensitivitySamples = 1,
            Perturbations = 1,
            RemovalSteps = 2
        };
        var labels = new AttributionQualityOptions { Quality = quality, Rows = 6 };
        Assert.Equal(6, _ml.MulticlassClassification.EvaluateAttributions(Models, _rows, labels)["small"].Rows);
        labels.LabelColumnName = "Truth";
        Assert.Contains("'Truth'", Assert.Throws<ArgumentOutOfRangeException>(() =>
            _ml.MulticlassClassification.EvaluateAttributions(Models, _rows, labels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadInput_IsNamed()
    {
        var none = Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateAttributions(new Dictionary<string, ITransformer>(), _rows));
        Assert.Contains("no models to explain", none.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.EvaluateAttributions(Models, _rows, rows: 0));
        var copy = new Dictionary<string, ITransformer> { ["copy"] = _ml.Transforms.CopyColumns("Copy", "Pixels").Fit(_rows) };
        Assert.StartsWith("EvaluateAttributions needs a classifier", Assert.Throws<ArgumentException>(() =>
            _ml.MulticlassClassification.EvaluateAttributions(copy, _rows)).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<OperationCanceledException>(() => _ml.MulticlassClassification.EvaluateAttributions(
            Models, _rows, new AttributionQualityOptions { CancellationToken = new CancellationToken(true) }));
    }

    [Fact]
    public void Progress_EndsAtOne_AndNothingIsLeft()
    {
        var heard = new Heard();
        _ml.MulticlassClassification.EvaluateAttributions(Models, _rows,
            new AttributionQualityOptions { Quality = Quick, Rows = 4, Progress = heard });
        Assert.Equal(heard.Values.Order(), heard.Values);
        Assert.Contains(0.5, heard.Values);
        Assert.Equal(1, heard.Values[^1]);
        var noCheck = new AttributionQuality(new Saliency())
        {
            SanityRows = 0,
            SensitivitySamples = 1,
            Perturbations = 1,
            RemovalSteps = 2
        };
        LiveTensors.AssertNoneLeft(
            () => _ml.MulticlassClassification.EvaluateAttributions(Models, _rows,
                new AttributionQualityOptions { Quality = noCheck, Rows = 4 }));
    }

    private sealed class Heard : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
