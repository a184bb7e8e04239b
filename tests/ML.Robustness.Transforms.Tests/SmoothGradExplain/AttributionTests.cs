using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>The column's values are those of the engine.</summary>
public sealed class AttributionTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _points, _images;

    public AttributionTests() =>
        (_points, _images) = (TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1), Explained.FittedOnImages(_ml));

    public void Dispose()
    {
        _points.Dispose();
        _images.Dispose();
    }

    private static readonly Dictionary<string, AttributionMethod> Methods = new()
    {
        ["Saliency"] = new Saliency(),
        ["InputTimesGradient"] = new InputTimesGradient(),
        ["IntegratedGradients"] = new IntegratedGradients { Steps = 5, Baseline = 0.1 },
        ["GradCam"] = new GradCam(),
        ["Occlusion"] = new Occlusion { Window = 3 },
    };

    public static TheoryData<string> AllMethods => [.. Methods.Keys];

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Column_HoldsWhatTheMethodGives(string name)
    {
        var method = Methods[name];
        var rows = Images().Select(row => row.Image).ToArray();
        Explained.AssertSame(Explained.ByHand(_images, rows, method.Smoothed(3)), Column(options => options.Method = method));
        Explained.AssertSame(Explained.ByHand(_images, rows, method),
            Column(options => (options.Method, options.Samples, options.Noise) = (method, 1, 0)));
    }

    [Fact]
    public void Defaults_AreSmoothGradOfThePredictedClass()
    {
        var found = _ml.Transforms.SmoothGradExplain(_images, "Explanation", "Image").Fit(Explained.Images(_ml))
            .Transform(Explained.Images(_ml));
        Explained.AssertSame(Explained.ByHand(_images, Images().Select(row => row.Image), new Saliency().Smoothed()),
            Explained.Rows(found).Select(row => row.Values));
    }

    [Fact]
    public void Combination_AndRange_AreTaken()
    {
        var range = new ValueRange(-1, 2);
        var method = new SmoothedAttribution(new Saliency())
        {
            Samples = 4,
            Noise = 0.1,
            Range = range,
            Combination = NoiseCombination.Variance
        };
        Explained.AssertSame(
            Explained.ByHand(_images, Images().Select(row => row.Image), method),
            Column(
                options => (options.Samples, options.Noise, options.Range, options.Combination) = (4, 0.1, range,
                    NoiseCombination.Variance)), 1e-6f);
    }

    [Fact]
    public void NoiseScale_IsTaken()
    {
        var combination = NoiseCombination.MeanOfAbsolutes;
        var method = new SmoothedAttribution(new Saliency())
        {
            Samples = 4,
            Noise = 0.1,
            NoiseScale = NoiseScale.RowRange,
            Combination = combination
        };
        Explained.AssertSame(
            Explained.ByHand(_images, Images().Select(row => row.Image), method),
            Column(options => (options.Samples, options.Noise, options.NoiseScale, options.Combination, options.Range) =
                (4, 0.1, NoiseScale.RowRange, combination, ValueRange.Unbounded)), 1e-6f);
    }

    [Fact]
    public void Targets_AreThoseAskedFor()
    {
        var rows = Images().Select(row => row.Image).ToArray();
        var method = new Saliency().Smoothed(3);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var labels = TorchSharp.torch.tensor(Images().Select(row => (long)row.Label).ToArray());
        Explained.AssertSame(Explained.ByHand(_images, rows, method, AttributionTarget.Labels(labels)),
            Column(options => options.Target = AttributionTargetKind.Label));
        Explained.AssertSame(Explained.ByHand(_images, rows, method, AttributionTarget.Class(2)),
            Column(options => (options.Target, options.TargetClass) = (AttributionTargetKind.Class, 2)));
        Explained.AssertSame(
            Explained.ByHand(_images, rows, method, AttributionTarget.Margin(2, 0)),
            Column(options => (options.Target, options.TargetClass, options.RivalClass) = (AttributionTargetKind.Margin, 2, 0)));
    }

    [Fact]
    public void Labels_OfKeys_AreNumberedAsTheClassifiers()
    {
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 9);
        var byLabel = Explained.Rows(
            Explained.Estimator(_ml, _points, options => options.Target = AttributionTargetKind.Label).Fit(data).Transform(data));
        for (var index = 0; index < 3; index++)
        {
            var byClass = Explained.Rows(
                Explained.Estimator(_ml, _points,
                    options => (options.Target, options.TargetClass) = (AttributionTargetKind.Class, index)).Fit(data)
                    .Transform(data));
            Explained.AssertSame(byClass.Where((_, row) => row % 3 == index).Select(row => row.Values),
                byLabel.Where((_, row) => row % 3 == index).Select(row => row.Values));
        }
    }

    [Fact]
    public void AbsoluteAndChannelSum_ComeInThisOrder()
    {
        var plain = Column();
        Explained.AssertSame(plain.Select(row => Array.ConvertAll(row, Math.Abs)), Column(options => options.Absolute = true));
        Explained.AssertSame(plain.Select(row => Sum(row, value => value)), Column(options => options.SumChannels = true));
        Explained.AssertSame(plain.Select(row => Sum(row, Math.Abs)),
            Column(options => (options.Absolute, options.SumChannels) = (true, true)));

        static float[] Sum(float[] row, Func<float, float> of) =>
            [.. Enumerable.Range(0, 20).Select(i => of(row[i]) + of(row[i + 20]))];
    }

    [Fact]
    public void Bytes_AreExplainedAsTheir255thPart()
    {
        var bytes = TwoDimensionalClasses.Make(rows: 30)
            .Select(
                point => new TwoDimensionalClasses.BytePoint
                {
                    Number = point.Number,
                    Features = Array.ConvertAll(point.Features, value => (byte)(255 * value))
                }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(bytes);
        using var classifier = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.Epochs) = ("Number", 1)).Fit(data);
        var view = Explained.Estimator(_ml, classifier).Fit(data).Transform(data);
        Assert.Equal("Vector<Single, 4>", $"{view.Schema["Explanation"].Type}");
        var rows = bytes.Select(row => Array.ConvertAll(row.Features, value => value / 255f));
        Explained.AssertSame(Explained.ByHand(classifier, rows, new Saliency().Smoothed(3)),
            Explained.Rows(view).Select(row => row.Values));
    }

    private Explained.ImageRow[] Images() =>
        [.. _ml.Data.CreateEnumerable<Explained.ImageRow>(Explained.Images(_ml), reuseRowObject: false)];

    private List<float[]> Column(Action<SmoothGradExplainEstimator.Options>? change = null)
    {
        var data = Explained.Images(_ml);
        var step = Explained.Estimator(_ml, _images, options =>
        {
            options.InputColumnName = "Image";
            change?.Invoke(options);
        }).Fit(data);
        return [.. Explained.Rows(step.Transform(data)).Select(row => row.Values)];
    }
}
