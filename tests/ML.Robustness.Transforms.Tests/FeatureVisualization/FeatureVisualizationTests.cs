using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.FeatureVisualization;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.FeatureVisualization;

/// <summary>One classifier for all tests, which only look at it.</summary>
public sealed class VisualizationFixture : IDisposable
{
    public MLContext Context { get; } = new(seed: 3);

    public TransformerChain<NeuralClassifierTransformer> Chain { get; }

    public IDataView Rows { get; }

    public VisualizationFixture()
    {
        Chain = Stripes.Chain(Context);
        Rows = Stripes.View(Context);
    }

    public void Dispose() => Chain.LastTransformer.Dispose();
}

public sealed class FeatureVisualizationTests(VisualizationFixture fixture) : IClassFixture<VisualizationFixture>
{
    private readonly MLContext _ml = fixture.Context;
    private readonly TransformerChain<NeuralClassifierTransformer> _chain = fixture.Chain;
    private readonly IDataView _rows = fixture.Rows;

    private static VisualizeFeaturesOptions Brief(Action<VisualizeFeaturesOptions>? change = null)
    {
        var options =
            new VisualizeFeaturesOptions
            {
                Visualizer = new FeatureVisualizer(ThreatModel.Unbounded())
                {
                    Steps = 10,
                    StepSize = 0.3
                }
            };
        change?.Invoke(options);
        return options;
    }

    [Fact]
    public void VisualizeFeatures_Default_ShowsTheLogitOfEachClass()
    {
        var view = _ml.MulticlassClassification.VisualizeFeatures(_chain, Brief());

        Assert.Equal(["Feature", "StartScore", "Score", "Start", "Image", "Values"], view.Schema.Select(column => column.Name));
        Assert.Equal(["across", "down"], Stripes.Texts(view, "Feature"));
        var (before, after) = (Stripes.Column<float>(view, "StartScore"), Stripes.Column<float>(view, "Score"));
        Assert.All(before.Zip(after), pair => Assert.True(pair.Second > pair.First + 1));
        var values = Stripes.Vectors(view, "Values");
        var shape = new InputShape(1, Stripes.Side, Stripes.Side);
        Assert.Equal(values.Select(row => RgbImage.FromValues(row, shape, ValueRange.Unit)), Stripes.Pictures(view, "Image"));
        Assert.Equal(after[0], Logits(values[0])[0], 1e-3);
        Assert.Equal(after[1], Logits(values[1])[1], 1e-3);
    }

    [Fact]
    public void VisualizeFeatures_FromRowsAndMean_StartsThere()
    {
        var made = Stripes.Make(60);
        var fromRows = _ml.MulticlassClassification.VisualizeFeatures(_chain, Brief(options =>
            (options.Start, options.Data, options.Count, options.Features) = (VisualizationStartKind.Rows, _rows, 3,
                [FeatureObjective.Unit(1), FeatureObjective.Channel(0)])));
        var shape = new InputShape(1, Stripes.Side, Stripes.Side);
        Assert.Equal(["unit 1", "unit 1", "unit 1", "channel 0", "channel 0", "channel 0"], Stripes.Texts(fromRows, "Feature"));
        Assert.Equal(
            [.. made.Take(3).Concat(made.Take(3)).Select(row => RgbImage.FromValues(row.Pixels, shape, ValueRange.Unit))],
            Stripes.Pictures(fromRows, "Start"));
        var fromMean = _ml.MulticlassClassification.VisualizeFeatures(_chain,
            Brief(options => (options.Start, options.Data) = (VisualizationStartKind.Mean, _rows)));
        var mean = Enumerable.Range(0, shape.Length).Select(i => made.Average(row => row.Pixels[i])).ToArray();
        var shown = Stripes.Pictures(fromMean, "Start")[1].Rgba;
        Assert.All(mean.Select((value, i) => (value, i)), pixel => Assert.InRange(shown[4 * pixel.i] - 255 * pixel.value, -1, 1));
    }

    [Fact]
    public void VisualizeFeatures_SeedAndProgress()
    {
        var heard = new Heard();
        var one = Values(1, heard);
        Assert.Equal(one, Values(1));
        Assert.NotEqual(one, Values(2));
        Assert.Equal(20, heard.Values.Count);
        Assert.Equal(heard.Values.Order(), heard.Values);
        Assert.Equal(1, heard.Values[^1], 12);
        Assert.ThrowsAny<OperationCanceledException>(
            () => _ml.MulticlassClassification.VisualizeFeatures(_chain,
                Brief(options => options.CancellationToken = new CancellationToken(true))));

        float[] Values(ulong seed, IProgress<double>? progress = null) =>
            [.. Stripes.Vectors(_ml.MulticlassClassification.VisualizeFeatures(
            _chain, Brief(options => (options.Seed, options.Progress) = (seed, progress))), "Values").SelectMany(row => row)];
    }

    [Fact]
    public void VisualizeFeatures_Vectors_ComeWithoutPictures()
    {
        var ml = new MLContext(seed: 1);
        using var model = TwoDimensionalClasses.Fitted(ml);
        var view = ml.MulticlassClassification.VisualizeFeatures(model, Brief());
        Assert.Equal(["Feature", "StartScore", "Score", "Values"], view.Schema.Select(column => column.Name));
        Assert.Equal(["red", "green", "blue"], Stripes.Texts(view, "Feature"));
    }

    [Fact]
    public void VisualizeFeatures_BadOptions_AreNamed()
    {
        Assert.Contains("Features is empty", Error<ArgumentException>(options => options.Features = []),
            StringComparison.Ordinal);
        Assert.Contains("Start is Mean, but Data is not set",
            Error<ArgumentException>(options => options.Start = VisualizationStartKind.Mean), StringComparison.Ordinal);
        Assert.Contains("no such start", Error<ArgumentOutOfRangeException>(options => options.Start = (VisualizationStartKind)9),
            StringComparison.Ordinal);
        Assert.Contains("Count", Error<ArgumentOutOfRangeException>(options => options.Count = 0), StringComparison.Ordinal);
        Assert.Contains("NoiseDeviation", Error<ArgumentOutOfRangeException>(options => options.NoiseDeviation = -1),
            StringComparison.Ordinal);
        Assert.Contains("There is no unit 99: the network has 16",
            Error<ArgumentException>(options => options.Features = [FeatureObjective.Unit(99)]), StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.VisualizeFeatures(_ml.Transforms.CopyColumns("Copy", "Pixels").Fit(_rows)));
        Assert.StartsWith("VisualizeFeatures needs a classifier with gradients", error.Message, StringComparison.Ordinal);

        string Error<T>(Action<VisualizeFeaturesOptions> change)
            where T : ArgumentException =>
                Assert.Throws<T>(() => _ml.MulticlassClassification.VisualizeFeatures(_chain, Brief(change))).Message;
    }

    [Fact]
    public void MorphTowards_ShowsTheWay()
    {
        var options = new MorphOptions { Morph = new Morph(ThreatModel.L2(6)) { Steps = 20, Snapshots = [0, 5, 20] }, Rows = 4 };
        var view = _ml.MulticlassClassification.MorphToClass(_chain, _rows, "down", options);

        Assert.Equal(["Row", "Target", "Probability", "Step0", "Step5", "Step20", "Values"],
            view.Schema.Select(column => column.Name));
        Assert.Equal([0, 1, 2, 3], Stripes.Column<int>(view, "Row"));
        Assert.Equal(["down", "down", "down", "down"], Stripes.Texts(view, "Target"));
        var shape = new InputShape(1, Stripes.Side, Stripes.Side);
        Assert.Equal([.. Stripes.Make(60).Take(4).Select(row => RgbImage.FromValues(row.Pixels, shape, ValueRange.Unit))],
            Stripes.Pictures(view, "Step0"));
        var probabilities = Stripes.Vectors(view, "Probability");
        Assert.All(probabilities, row => Assert.True(row[2] > 0.9f && row[2] >= row[0]));
        var last = Stripes.Vectors(view, "Values");
        Assert.Equal(last.Select(row => RgbImage.FromValues(row, shape, ValueRange.Unit)), Stripes.Pictures(view, "Step20"));
        using var folder = new TemporaryFolder();
        _ml.Data.SaveImageGrid(view, ["Step0", "Step5", "Step20"], folder.PathOf("morph.png"));
        Assert.True(new FileInfo(folder.PathOf("morph.png")).Length > 100);

        var unknown = Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.MorphToClass(_chain, _rows, "round"));
        Assert.Contains("There is no class 'round': the classes are 'across', 'down'.", unknown.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.MorphToClass(_chain, _rows, "down", new MorphOptions { Rows = 0 }));
        using var tabular = TwoDimensionalClasses.Fitted(_ml);
        Assert.Contains("images of one or three channels", Assert.Throws<ArgumentException>(() =>
            _ml.MulticlassClassification.MorphToClass(tabular, TwoDimensionalClasses.Keyed(_ml), "red")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TopActivating_EqualsAFullSort()
    {
        var view = _ml.MulticlassClassification.FindTopActivatingRows(_chain, _rows, FeatureObjective.Logit(1), count: 3);

        Assert.Equal(["End", "Rank", "Row", "Label", "Score", "Image", "Values"], view.Schema.Select(column => column.Name));
        var made = Stripes.Make(60);
        var logits = made.Select(row => Logits(row.Pixels)[1]).ToArray();
        var order = Enumerable.Range(0, 60).OrderByDescending(row => logits[row]).ToArray();
        int[] expected = [.. order.Take(3), .. order.Reverse().Take(3)];
        Assert.Equal(expected, Stripes.Column<int>(view, "Row"));
        Assert.Equal(["top", "top", "top", "bottom", "bottom", "bottom"], Stripes.Texts(view, "End"));
        Assert.Equal([1, 2, 3, 1, 2, 3], Stripes.Column<int>(view, "Rank"));
        Assert.Equal(expected.Select(row => made[row].Kind), Stripes.Texts(view, "Label"));
        Assert.Equal(expected.Select(row => made[row].Pixels), Stripes.Vectors(view, "Values"));
        Assert.All(Stripes.Column<float>(view, "Score").Zip(expected),
            pair => Assert.Equal(logits[pair.Second], pair.First, 1e-3));
        // As any other data, it can be filtered.
        var tops = _ml.Data.FilterRowsByColumn(
            _ml.Transforms.Conversion.ConvertType("Place", "Rank", DataKind.Single).Fit(view).Transform(view), "Place",
            upperBound: 1.5);
        Assert.Equal(2, Stripes.Column<int>(tops, "Row").Length);

        var missing = Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.FindTopActivatingRows(_chain, _rows, FeatureObjective.Logit(1),
                labelColumnName: "Truth"));
        Assert.Contains("'Truth'", missing.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.FindTopActivatingRows(_chain, _rows, FeatureObjective.Logit(1), count: 0));
        var none = Assert.Throws<InvalidOperationException>(
            () => _ml.MulticlassClassification.FindTopActivatingRows(_chain, Stripes.View(_ml, 0), FeatureObjective.Logit(1)));
        Assert.Contains("have no rows", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TuningCurve_ByDefaultTurns()
    {
        var view = _ml.MulticlassClassification.TuningCurve(_chain, _rows, FeatureObjective.Logit(0), [0, 90], rows: 2);

        Assert.Equal(["Row", "Position", "Score", "Image"], view.Schema.Select(column => column.Name));
        Assert.Equal([0, 0, 1, 1], Stripes.Column<int>(view, "Row"));
        Assert.Equal([0, 90, 0, 90], Stripes.Column<float>(view, "Position"));
        var made = Stripes.Make(2);
        var scores = Stripes.Column<float>(view, "Score");
        Assert.Equal(Logits(made[0].Pixels)[0], scores[0], 1e-3);
        Assert.Equal(Logits(made[1].Pixels)[0], scores[2], 1e-3);
        // A row that is turned becomes a column.
        Assert.True(scores[0] > scores[1] && scores[2] < scores[3]);
        using var turned = InputTransformations.Rotation(tensor(made[1].Pixels).view(1, 1, Stripes.Side, Stripes.Side), 90);
        Assert.Equal(
            RgbImage.FromValues(VisualizedClassifier.Rows(turned)[0], new InputShape(1, Stripes.Side, Stripes.Side),
                ValueRange.Unit), Stripes.Pictures(view, "Image")[3]);

        var dark = _ml.MulticlassClassification.TuningCurve(_chain, _rows, FeatureObjective.Logit(0), [0.5],
            (inputs, gain) => inputs.mul(gain), rows: 1);
        Assert.Equal(Logits([.. made[0].Pixels.Select(pixel => pixel / 2)])[0], Stripes.Column<float>(dark, "Score")[0], 1e-3);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.TuningCurve(_chain, _rows, FeatureObjective.Logit(0), [0], rows: 0));
        Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.TuningCurve(_chain, _rows, FeatureObjective.Logit(0), []));
    }

    [Fact]
    public void ShowFirstLayer_HasAPictureForEachKernel()
    {
        var view = _ml.MulticlassClassification.VisualizeFirstLayer(_chain);
        Assert.Equal(["Unit", "LargestWeight", "Image"], view.Schema.Select(column => column.Name));
        var pictures = Stripes.Pictures(view, "Image");
        Assert.Equal(8, pictures.Length);
        Assert.All(pictures, picture => Assert.Equal((3, 3), (picture.Width, picture.Height)));
        Assert.All(pictures, picture => Assert.Contains(picture.Rgba.Where((_, i) => i % 4 == 0), value => value is 0 or 255));
        Assert.All(Stripes.Column<float>(view, "LargestWeight"), weight => Assert.True(weight > 0));
        using var tabular = TwoDimensionalClasses.Fitted(_ml);
        Assert.Contains("images of one or three channels",
            Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.VisualizeFirstLayer(tabular)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_LeaveNoTensorsAndTheWeightsAsTheyWere()
    {
        var before = TwoDimensionalClasses.Weights(_chain.LastTransformer);
        LiveTensors.AssertNoneLeft(() =>
        {
            _ml.MulticlassClassification.VisualizeFeatures(_chain,
                Brief(options => (options.Start, options.Data) = (VisualizationStartKind.Mean, _rows)));
            _ml.MulticlassClassification.MorphToClass(_chain, _rows, "down",
                new MorphOptions { Rows = 2, Morph = new Morph(ThreatModel.Unbounded()) { Steps = 2 } });
            _ml.MulticlassClassification.FindTopActivatingRows(_chain, _rows, FeatureObjective.Unit(0), 2);
            _ml.MulticlassClassification.TuningCurve(_chain, _rows, FeatureObjective.Unit(0), [0, 10]);
            _ml.MulticlassClassification.VisualizeFirstLayer(_chain);
        });
        Assert.Equal(before, TwoDimensionalClasses.Weights(_chain.LastTransformer));
    }

    private float[] Logits(float[] pixels)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return _chain.LastTransformer.Network.call(tensor(pixels).view(1, 1, Stripes.Side, Stripes.Side)).data<float>().ToArray();
    }

    private sealed class Heard : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
