using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attribution;
using ML.Robustness.Corruptions;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Rows;

/// <summary>The steps in prediction engines: the same for the same row, and who disposes the model.</summary>
public sealed class PredictionEngineTests : IDisposable
{
    private const string Output = "Output";

    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public PredictionEngineTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public static TheoryData<string> Steps => ["PgdAugment", "SmoothGradExplain", "Corrupt", "RobustFeatureDataset"];

    private static PredictionEngineOptions Shared => new() { OwnsTransformer = false };

    private sealed class Point
    {
        public float Number { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Made
    {
        public float[] Output { get; set; } = [];
    }

    public void Dispose() => _classifier.Dispose();

    [Theory]
    [MemberData(nameof(Steps))]
    public void SameRow_HasTheSameOutput_AtAnyCallOfAnyEngine(string step)
    {
        var points = Points(rows: 6);
        var fitted = Fit(step, points);
        using var engine = _ml.Model.CreatePredictionEngine<Point, Made>(fitted, Shared);
        var first = engine.Predict(points[3]).Output;
        Assert.NotEqual(points[3].Features, first);
        for (var call = 0; call < 4; call++)
        {
            Assert.Equal(first, engine.Predict(points[3]).Output);
            engine.Predict(points[call]);
        }

        using var other = _ml.Model.CreatePredictionEngine<Point, Made>(fitted, Shared);
        other.Predict(points[0]);
        Assert.Equal(first, other.Predict(points[3]).Output);
        (fitted as IDisposable)?.Dispose();
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void SameRow_InAChainBehindOtherSteps_HasTheSameOutput(string step)
    {
        var points = Points(rows: 6);
        var fitted = Fit(step, points);
        var chain = new TransformerChain<ITransformer>(
            _ml.Transforms.CopyColumns("Copy", "Number").Fit(_ml.Data.LoadFromEnumerable(points)), fitted);
        using var engine = _ml.Model.CreatePredictionEngine<Point, Made>(chain, Shared);
        var outputs = Enumerable.Range(0, 4).Select(_ => engine.Predict(points[5]).Output).ToList();
        Assert.All(outputs, output => Assert.Equal(outputs[0], output));
        using var alone = _ml.Model.CreatePredictionEngine<Point, Made>(fitted, Shared);
        Assert.Equal(outputs[0], alone.Predict(points[5]).Output);
        (fitted as IDisposable)?.Dispose();
    }

    [Theory]
    [InlineData("PgdAugment")]
    [InlineData("SmoothGradExplain")]
    [InlineData("Corrupt")]
    public void Transform_KeepsItsRowNumbers(string step)
    {
        var point = Points(rows: 1)[0];
        var fitted = Fit(step, [point]);
        var outputs = Augmented.Vectors(fitted.Transform(_ml.Data.LoadFromEnumerable([point, point, point])), Output);
        Assert.Equal(3, outputs.Select(output => string.Join(' ', output)).Distinct().Count());
        using var engine = _ml.Model.CreatePredictionEngine<Point, Made>(fitted, Shared);
        Augmented.AssertClose(outputs[0], engine.Predict(point).Output);
    }

    [Fact]
    public void ManyEnginesThatDoNotOwnTheModel_LeaveItAsItIs()
    {
        var points = Points(rows: 2);
        for (var request = 0; request < 20; request++)
        {
            using var engine = _ml.Model.CreatePredictionEngine<Point, TwoDimensionalClasses.ScoreOnly>(_classifier, Shared);
            Assert.Equal(3, engine.Predict(points[0]).Score.Length);
        }

        Assert.Equal(2, TwoDimensionalClasses.ScoresOnly(_classifier.Transform(_ml.Data.LoadFromEnumerable(points))).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEngineThatOwnsTheModel_DisposesIt_AndTheErrorNamesTheOption(bool inAChain)
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var points = Points(rows: 2);
        var data = _ml.Data.LoadFromEnumerable(points);
        ITransformer model = inAChain
            ? new TransformerChain<ITransformer>(_ml.Transforms.CopyColumns("Copy", "Number").Fit(data), classifier) : classifier;
        var other = _ml.Model.CreatePredictionEngine<Point, TwoDimensionalClasses.ScoreOnly>(model, Shared);
        var scored = model.Transform(data);
        _ml.Model.CreatePredictionEngine<Point, TwoDimensionalClasses.ScoreOnly>(model).Dispose();
        foreach (var use in new Action[]
        {
            () => _ml.Model.CreatePredictionEngine<Point, TwoDimensionalClasses.ScoreOnly>(model),
            () => other.Predict(points[0]),
            () => model.Transform(data),
            () => TwoDimensionalClasses.ScoresOnly(scored),
        })
        {
            var error = Assert.Throws<ObjectDisposedException>(use);
            Assert.StartsWith("The model was disposed.", error.Message, StringComparison.Ordinal);
            Assert.Contains("new PredictionEngineOptions { OwnsTransformer = false }", error.Message, StringComparison.Ordinal);
            Assert.Equal(typeof(NeuralClassifierTransformer).FullName, error.ObjectName);
        }
    }

    private static Point[] Points(int rows) => [.. TwoDimensionalClasses.Make(rows)
        .Select(point => new Point { Number = point.Number, Features = point.Features })];

    private ITransformer Fit(string step, Point[] points)
    {
        var data = _ml.Data.LoadFromEnumerable(points);
        return step switch
        {
            "PgdAugment" => Augmented.Estimator(_ml, _classifier,
                options => (options.LabelColumnName, options.OutputColumnName) = ("Number", Output)).Fit(data),
            "SmoothGradExplain" => Explained.Estimator(_ml, _classifier, options => (options.OutputColumnName, options.Method) =
                (Output, new IntegratedGradients { Steps = 2 })).Fit(data),
            "Corrupt" => _ml.Transforms.Corrupt(Output, new GaussianNoise(), 3, "Features", new(1, 2, 2)).Fit(data),
            _ => CreatedRows.Estimator(_ml, FeatureDatasetKind.RandomLabels, [_classifier],
                options => (options.LabelColumnName, options.OutputColumnName) = ("Number", Output)).Fit(data),
        };
    }
}
