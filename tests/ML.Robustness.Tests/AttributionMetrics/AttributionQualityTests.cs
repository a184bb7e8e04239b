using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.AttributionMetrics;

public sealed class AttributionQualityTests
{
    private static Tensor Images(int rows = 5) => new RowRandom(3).Uniform(zeros([rows, 1, 3, 4], ScalarType.Float64), 0, 1);

    private static LabeledDataset Data(int rows, int channels = 1) => LabeledDataset.FromTensors(
        rand([rows, channels, 6, 5], generator: new Generator(2)), arange(rows, ScalarType.Int64).remainder(3),
        new InputShape(channels, 6, 5), 3);

    [Fact]
    public void LinearModelsGradient_IsFaithfulAndStaysPut()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12, rectifies: false);
        var report = new AttributionQuality(new Saliency()).Measure(network, Images(), AttributionTarget.PredictedClass);
        Assert.InRange(report.Infidelity.Mean, 0, 1e-12);
        Assert.InRange(report.NormalizedInfidelity.Mean, 0, 1e-12);
        Assert.Equal(0, report.SensitivityMax.Mean);
        Assert.Equal(5, report.Rows);
        Assert.Equal("Saliency", report.Method);
    }

    [Fact]
    public void Infidelity_DoesNotDependOnTheMapsScale()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var once = Measure(new Scaled(1));
        var scaled = Measure(new Scaled(-70));
        Assert.Equal(once.Infidelity.Mean, scaled.Infidelity.Mean, 10);
        Assert.InRange(once.NormalizedInfidelity.Mean, 1e-4, 0.9);
        // A map of zeros explains nothing, and rectified units have another gradient elsewhere.
        Assert.Equal(1, Measure(new Scaled(0)).NormalizedInfidelity.Mean, 12);
        Assert.True(once.SensitivityMax.Mean > 0);

        AttributionQualityReport Measure(AttributionMethod method) =>
            new AttributionQuality(method).Measure(network, Images(20), AttributionTarget.PredictedClass);
    }

    [Fact]
    public void Infidelity_OfOnePerturbation_IsByHand()
    {
        using var scope = NewDisposeScope();
        // The score is x², the map its gradient 2x: f(x) − f(x − I) = 2xI − I². With two values and one change the best scale
        // leaves nothing.
        using var network = new FunctionNetwork(inputs => stack([inputs.square().sum([1]), zeros_like(inputs.sum([1]))], 1));
        var inputs = full([1, 1], 0.7, ScalarType.Float64);
        var quality = new AttributionQuality(new Saliency()) { Perturbations = 2, Noise = 0.5 };
        var random = new RowRandom(0).Derive(0x49_6E_66_69_64);
        var changes = Enumerable.Range(0, 2).Select(sample => 0.5 * random.Derive((ulong)sample).Normal(inputs).item<double>())
            .ToArray();
        var (said, done) = (changes.Select(change => 1.4 * change).ToArray(),
            changes.Select(change => 1.4 * change - change * change).ToArray());
        var scale = said.Zip(done, (a, b) => a * b).Sum() / said.Sum(a => a * a);
        var expected = said.Zip(done, (a, b) => (scale * a - b) * (scale * a - b)).Average();
        Assert.Equal(expected, quality.Measure(network, inputs, AttributionTarget.Class(0)).Infidelity.Mean, 12);
    }

    [Fact]
    public void DeletionAndInsertion_AreTheAreasByHand()
    {
        using var scope = NewDisposeScope();
        // Logits (Σ w x, 0): the probability is σ(Σ w x). Pixels count by |w|: first the third (−2), then the first (1), the
        // second (0.5).
        var weights = tensor(new[] { 1, 0.5, -2, 0.25 });
        using var network = new FunctionNetwork(inputs => stack([inputs.mul(weights).sum([1]), inputs.mul(0).sum([1])], 1));
        var inputs = tensor(new[] { 0.9, 0.8, 0.5, 0.4 }).view(1, 4);
        var report = new AttributionQuality(new Saliency()) { RemovalSteps = 4, Baseline = 0.1 }.Measure(network, inputs,
            AttributionTarget.Class(0));

        double[] x = [0.9, 0.8, 0.5, 0.4], w = [1, 0.5, -2, 0.25];
        int[] order = [2, 0, 1, 3];
        Assert.Equal(Area(inserted: false), report.DeletionArea.Mean, 12);
        Assert.Equal(Area(inserted: true), report.InsertionArea.Mean, 12);
        // In two steps, pixels go in pairs.
        var coarse = new AttributionQuality(new Saliency()) { RemovalSteps = 2, Baseline = 0.1 }.Measure(network, inputs,
            AttributionTarget.Class(0));
        Assert.Equal((P(0, false) + 2 * P(2, false) + P(4, false)) / 4, coarse.DeletionArea.Mean, 12);

        double Area(bool inserted) => Enumerable.Range(0, 4).Sum(step => (P(step, inserted) + P(step + 1, inserted)) / 2 / 4);
        double P(int count, bool inserted) =>
            1 / (1 + Math.Exp(-Enumerable.Range(0, 4).Sum(i => w[i] * (order.Take(count).Contains(i) != inserted ? 0.1 : x[i]))));
    }

    [Fact]
    public void Deletion_TakesAllChannelsOfAPixel()
    {
        using var scope = NewDisposeScope();
        // Two channels of two pixels; the second pixel counts 1 + 1, the first 1.5 + 0.
        var weights = tensor(new[] { 1.5, 1, 0, 1 }).view(1, 2, 1, 2);
        using var network = new FunctionNetwork(
            inputs => stack([inputs.mul(weights).flatten(1).sum([1]), inputs.mul(0).flatten(1).sum([1])], 1));
        var report = new AttributionQuality(new Saliency()) { RemovalSteps = 2 }.Measure(network,
            ones([1, 2, 1, 2], ScalarType.Float64), AttributionTarget.Class(0));
        Assert.Equal((Sigmoid(3.5) + 2 * Sigmoid(1.5) + Sigmoid(0)) / 4, report.DeletionArea.Mean, 12);
        Assert.Equal((Sigmoid(0) + 2 * Sigmoid(2) + Sigmoid(3.5)) / 4, report.InsertionArea.Mean, 12);

        static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
    }

    [Fact]
    public void Agreement_IsTheCosineOfGradientAndInput()
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(new[] { 0.3, 0.4, 0.5, -0.5 }).view(2, 2);
        // The gradient is (3, 4), or nearly nothing of it: its length does not count, nor its sign.
        using var network = new FunctionNetwork(
            x => stack([x.mul(tensor(new[] { 3e-200, 4e-200 })).sum([1]), x.mul(0).sum([1])], 1));
        var report = new AttributionQuality(new Scaled(1)).Measure(network, inputs, AttributionTarget.Class(0));
        var second = Math.Abs((0.5 * 3 - 0.5 * 4) / (Math.Sqrt(0.5) * 5));
        Assert.Equal((1 + second) / 2, report.InputGradientAlignment.Mean, 12);
    }

    [Fact]
    public void Variation_OfACheckerboardAFlatMapAndASinglePixel_IsByHand()
    {
        using var scope = NewDisposeScope();
        var maps = new double[3, 4, 6];
        for (var y = 0; y < 4; y++)
        {
            for (var x = 0; x < 6; x++)
                (maps[0, y, x], maps[1, y, x]) = ((x + y) % 2 * 5, 0.3);
        }
        maps[2, 1, 2] = 7;
        // 2·4·6 − 4 − 6 = 38 pairs of neighbours, all different by 5; 12 pixels of 5.
        var found = PixelAttributions.Variation(tensor(maps.Cast<double>().ToArray()).view(3, 4, 6))!;
        Assert.Equal(38 / 12.0, found[0], 12);
        Assert.Equal(0, found[1], 12);
        Assert.Equal(4, found[2], 12);
        Assert.Null(PixelAttributions.Variation(zeros(2, 9)));
    }

    [Fact]
    public void RankCorrelation_WithTies_IsByHand()
    {
        Assert.Equal([0.5, 2, 0.5, 3], RankCorrelation.Ranks([1, 4, 1, 9]));
        // Ranks 0.5 2 0.5 3 and 0 1 2 3 about 1.5: (−1)(−1.5) + 0.5·(−0.5) + (−1)(0.5) + 1.5·1.5 = 3, over √(4.5 · 5).
        Assert.Equal(3 / Math.Sqrt(4.5 * 5), RankCorrelation.Of([1, 4, 1, 9], [1, 2, 3, 4]), 12);
        Assert.Equal(1, RankCorrelation.Of([1, 2, 3], [10, 200, 3000]), 12);
        Assert.Equal(-1, RankCorrelation.Of([1, 2, 3], [5, 4, 3]), 12);
        Assert.Equal(0, RankCorrelation.Of([1, 2, 3], [5, 5, 5]));
        Assert.Equal(1, RankCorrelation.Of([2, 2, 2], [5, 5, 5]));
    }

    [Theory]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("ResidualNet(4)")]
    public void SanityCheck_GivesTheWeightsBackBitByBit_OrTakesACopy(string architecture)
    {
        using var scope = NewDisposeScope();
        using var data = Data(7);
        var network = ModelArchitecture.Parse(architecture);
        using var model = network.Create(data.Shape, 3, seed: 1);
        var before = State(model);
        var quality = new AttributionQuality(new Saliency())
        {
            SanityRows = 4,
            SensitivitySamples = 1,
            Perturbations = 2,
            RemovalSteps = 2,
            BatchSize = 3
        };

        var inPlace = quality.Measure(model, data, 5);
        Assert.Equal(before, State(model));
        Assert.True(model.training);
        var watched = 0;
        var onACopy = quality.Measure(model, data, 5, () =>
        {
            watched++;
            return network.Create(data.Shape, 3, seed: 99);
        });

        Assert.Equal(2, watched); // rows 0 to 2, then row 3
        Assert.Equal(before, State(model));
        Assert.Equal(inPlace.SanityCheck, onACopy.SanityCheck);
        Assert.Equal("output", inPlace.SanityCheck[0].Layer);
        Assert.Equal(architecture.StartsWith("ConvNet", StringComparison.Ordinal) ? "first" : "stem",
            inPlace.SanityCheck[^1].Layer);
        Assert.InRange(inPlace.SanityCheck[^1].Correlation.Mean, -0.6, 0.6);
        Assert.Equal(before, StateAfterFailure(model, data, quality));

        static byte[] StateAfterFailure(nn.Module<Tensor, Tensor> model, LabeledDataset data, AttributionQuality quality)
        {
            var method = new ThrowsLater();
            Assert.Throws<InvalidOperationException>(
                () => new AttributionQuality(method) { SensitivitySamples = 1, SanityRows = 2 }.Measure(model, data));
            return State(model);
        }
    }

    [Fact]
    public void SanityCheck_OfAMapThatLooksAtNothingLearned_StaysOne()
    {
        using var scope = NewDisposeScope();
        using var data = Data(4);
        using var model = ModelArchitecture.ConvNet(2, 4).Create(data.Shape, 3, seed: 1);
        var report = new AttributionQuality(new InputItself()).Measure(model, data);
        Assert.Equal(4, report.SanityCheck.Count);
        Assert.All(report.SanityCheck, layer => Assert.Equal(new MeanWithError(1, 0), layer.Correlation));
        Assert.Empty(new AttributionQuality(new InputItself()) { SanityRows = 0 }.Measure(model, data).SanityCheck);
    }

    [Fact]
    public void Measure_BatchesSeedsAndPlaces_DoNotMatter()
    {
        using var scope = NewDisposeScope();
        using var data = Data(9, 3);
        using var model = ModelArchitecture.ConvNet(2, 4).Create(data.Shape, 3, seed: 1);
        var method = new Saliency().Smoothed(4, 0.1);
        var whole = new AttributionQuality(method).Measure(model, data, 3);
        var parts = new AttributionQuality(method) { BatchSize = 2 }.Measure(model, data, 3);
        foreach (var (one, other) in whole.Measures.Zip(parts.Measures))
        {
            Assert.Equal(one.Name, other.Name);
            Assert.Equal(one.Value.Mean, other.Value.Mean, 1e-3 * Math.Max(1e-3, Math.Abs(one.Value.Mean)));
        }
        Assert.Equal(whole.Measures, new AttributionQuality(method).Measure(model, data, 3).Measures);
        Assert.NotEqual(whole.Infidelity, new AttributionQuality(method).Measure(model, data, 4).Infidelity);
    }

    [Fact]
    public void Measure_ExplainsLabels_WhereAsked()
    {
        using var scope = NewDisposeScope();
        using var data = Data(9);
        using var model = ModelArchitecture.ConvNet(2, 4).Create(data.Shape, 3, seed: 1);
        var labels = new AttributionQuality(new Saliency()) { ExplainsLabels = true, SanityRows = 0 }.Measure(model, data);
        var predicted = new AttributionQuality(new Saliency()) { SanityRows = 0 }.Measure(model, data);
        Assert.True(labels.InsertionArea.Mean < predicted.InsertionArea.Mean);
    }

    [Fact]
    public void Measure_LeavesNothing_ReportsAndCancels()
    {
        using var scope = NewDisposeScope();
        using var data = Data(5);
        using var model = ModelArchitecture.ConvNet(2, 4).Create(data.Shape, 3, seed: 1);
        var quality = new AttributionQuality(new Saliency()) { BatchSize = 2 };
        LiveTensors.AssertNoneLeft(() => quality.Measure(model, data));
        LiveTensors.AssertNoneLeft(
            () => Assert.ThrowsAny<OperationCanceledException>(
                () => quality.Measure(model, data, cancellation: new CancellationToken(true))));
        var heard = new List<double>();
        quality.Measure(model, data, progress: new TestProgress<double>(heard.Add));
        Assert.Equal(1, heard[^1]);
        Assert.Equal(heard.Order(), heard);
    }

    [Fact]
    public void BadInput_IsNamed()
    {
        using var scope = NewDisposeScope();
        using var data = Data(3);
        using var model = ModelArchitecture.ConvNet(2, 4).Create(data.Shape, 3, seed: 1);
        var quality = new AttributionQuality(new Saliency());
        Assert.Contains("of another architecture", Assert.Throws<ArgumentException>(() =>
            quality.Measure(model, data, copy: () => ModelArchitecture.ConvNet(3, 4).Create(data.Shape, 3, seed: 1))).Message,
            StringComparison.Ordinal);
        using var none = LabeledDataset.FromTensors(zeros([0, 1, 6, 5]), zeros([0], ScalarType.Int64), data.Shape, 3);
        Assert.Contains("no rows to explain", Assert.Throws<ArgumentException>(() => quality.Measure(model, none)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { Perturbations = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { SensitivitySamples = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { RemovalSteps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { BatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { SanityRows = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { Noise = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new AttributionQuality(new Saliency()) { SensitivityRadius = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { Baseline = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionQuality(new Saliency()) { Baseline = 1e39 });
        Assert.Throws<ArgumentException>(() => new AttributionQuality(new Saliency()) { Range = ValueRange.Unbounded });
    }

    private static byte[] State(nn.Module<Tensor, Tensor> model)
    {
        using var scope = NewDisposeScope();
        return [
            .. model.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .SelectMany(entry => entry.Value.detach().contiguous().bytes.ToArray())];
    }

    private sealed class Scaled(double factor) : AttributionMethod
    {
        protected internal override Tensor Explain(AttributionContext context) =>
            context.Gradient(context.Inputs).Gradient.mul(factor);
    }

    private sealed class InputItself : AttributionMethod
    {
        protected internal override Tensor Explain(AttributionContext context) => context.Inputs.clone();
    }

    /// <summary>Explains the rows and their neighbours, and fails in the middle of the sanity check.</summary>
    private sealed class ThrowsLater : AttributionMethod
    {
        private int _calls;

        protected internal override Tensor Explain(AttributionContext context) =>
            ++_calls <= 3 ? context.Gradient(context.Inputs).Gradient : throw new InvalidOperationException("Enough.");
    }
}
