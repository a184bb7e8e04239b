using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureVisualization;

/// <summary>Rankings, tuning curves and first weights.</summary>
public sealed class ActivationTests
{
    private const int Rows = 700;

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Ranking_EqualsAFullSort_EarlierRowsFirst(int count)
    {
        using var scope = NewDisposeScope();
        using var network = new FunctionNetwork(inputs => cat([inputs, inputs.neg()], 1));
        // Few different values, so that there are many ties.
        var values = rand([Rows, 1], generator: new Generator(3)).mul(20).floor();
        var plain = values.data<float>().ToArray();
        using var data = LabeledDataset.FromTensors(values.clone(), arange(Rows, ScalarType.Int64).remainder(3),
            InputShape.Vector(1), 3);

        var ranking = ActivationRanking.Measure(network, FeatureObjective.Logit(0), data, count);

        var order = Enumerable.Range(0, Rows).ToArray();
        Assert.Equal(order.OrderByDescending(row => plain[row]).Take(count).Select(row => (long)row),
            ranking.Top.Select(row => row.Row));
        Assert.Equal(order.OrderBy(row => plain[row]).Take(count).Select(row => (long)row),
            ranking.Bottom.Select(row => row.Row));
        Assert.Equal(Rows, ranking.Rows);
        Assert.All(ranking.Top,
            row => Assert.Equal((row.Row % 3, (double)plain[row.Row], plain[row.Row]),
                (row.Label, row.Score, row.Values.Span[0])));
    }

    [Fact]
    public void Ranking_LeavesNothing_AndNamesWhatIsWrong()
    {
        using var scope = NewDisposeScope();
        using var network = new FunctionNetwork(inputs => cat([inputs, inputs.log()], 1));
        using var data = LabeledDataset.FromTensors(arange(0, 4, ScalarType.Float32).view(4, 1), zeros([4], ScalarType.Int64),
            InputShape.Vector(1), 2);
        LiveTensors.AssertNoneLeft(() => ActivationRanking.Measure(network, FeatureObjective.Logit(0), data, 2));
        var error = Assert.Throws<InvalidOperationException>(
            () => ActivationRanking.Measure(network, FeatureObjective.Logit(1), data, 2));
        Assert.StartsWith("The objective logit of class 1 is not finite in 1 of 4 rows", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ActivationRanking.Measure(network, FeatureObjective.Logit(0), data, 0));
        using var none = LabeledDataset.FromTensors(zeros([0, 1]), zeros([0], ScalarType.Int64), InputShape.Vector(1), 2);
        Assert.Throws<ArgumentException>(() => ActivationRanking.Measure(network, FeatureObjective.Logit(0), none, 2));
        Assert.ThrowsAny<OperationCanceledException>(
            () => ActivationRanking.Measure(network, FeatureObjective.Logit(0), data, 2, new CancellationToken(true)));
    }

    [Fact]
    public void TuningCurve_OfALinearUnitUnderBrightness_IsALine()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12, rectifies: false);
        var inputs = new RowRandom(1).Uniform(zeros([3, 1, 3, 4], ScalarType.Float64), 0, 1);
        double[] gains = [-1, 0, 0.5, 2];
        var curve = TuningCurve.Measure(network, FeatureObjective.Unit(1), inputs, gains, (images, gain) => images.mul(gain));
        var once = FeatureObjective.Unit(1).Measure(network, inputs).data<double>().ToArray();
        for (var position = 0; position < gains.Length; position++)
        {
            for (var row = 0; row < 3; row++)
                Assert.Equal(gains[position] * once[row], curve.Scores[row][position], 12);
            Assert.Equal(gains[position] * once.Average(), curve.Means[position], 12);
        }
        Assert.Equal(gains, curve.Positions);
    }

    [Fact]
    public void TuningCurve_NamesWhatIsWrong_AndLeavesNothing()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12);
        var inputs = zeros([3, 1, 3, 4], ScalarType.Float64);
        var unit = FeatureObjective.Unit(1);
        LiveTensors.AssertNoneLeft(() => TuningCurve.Measure(network, unit, inputs, [0, 30], InputTransformations.Rotation));
        var error = Assert.Throws<ArgumentException>(
            () => TuningCurve.Measure(network, unit, inputs, [5], (images, _) => images.narrow(0, 0, 1)));
        Assert.Contains("must keep the inputs' shape [3, 1, 3, 4], but at 5 it gave [1, 1, 3, 4]", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TuningCurve.Measure(network, unit, inputs, [], InputTransformations.Rotation));
        Assert.Throws<ArgumentException>(
            () => TuningCurve.Measure(network, unit, inputs, [double.NaN], InputTransformations.Rotation));
        Assert.ThrowsAny<OperationCanceledException>(
            () => TuningCurve.Measure(network, unit, inputs, [5], InputTransformations.Rotation, new CancellationToken(true)));
    }

    [Fact]
    public void Rotation_ByQuarters_MovesPixels()
    {
        using var scope = NewDisposeScope();
        // 1 2 3 / 4 5 6 / 7 8 9: a quarter counter-clockwise puts the right column on top.
        var images = arange(1, 10, ScalarType.Float32).view(1, 1, 3, 3);
        Assert.Equal([3, 6, 9, 2, 5, 8, 1, 4, 7], InputTransformations.Rotation(images, 90).data<float>().ToArray());
        Assert.Equal([7, 4, 1, 8, 5, 2, 9, 6, 3], InputTransformations.Rotation(images, -90).data<float>().ToArray());
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2, 1], InputTransformations.Rotation(images, 180).data<float>().ToArray());
        Assert.True(InputTransformations.Rotation(images, 360).Equals(images));
        Assert.True(InputTransformations.Rotation(images, 0).Equals(images));
        // At 45° the middle stays, and the corner's value lies √2 from it, beyond the edge: the edge's middle comes nearest.
        Assert.Equal(5, InputTransformations.Rotation(images, 45)[0, 0, 1, 1].item<float>());
        Assert.Throws<ArgumentException>(() => InputTransformations.Rotation(images.view(1, 9), 90));
        Assert.Throws<ArgumentException>(() => InputTransformations.Rotation(images, double.NaN));
    }

    [Fact]
    public void FirstLayer_OfALinearOne_IsItsRowsScaledAboutTheMiddle()
    {
        using var scope = NewDisposeScope();
        using var network = Network("MultilayerPerceptron(2)", new InputShape(1, 2, 2));
        var weights = network.named_parameters().First(entry => entry.name == "layer0.weight").parameter;
        using (no_grad())
            weights.copy_(tensor(new float[] { 1, -2, 0, 4, 0, 0, 0, 0 }).view(2, 4));
        var pictures = FirstLayerWeights.Images(network, new InputShape(1, 2, 2));
        Assert.Equal([2, 1, 2, 2], pictures.shape);
        Assert.Equal([0.625f, 0.25f, 0.5f, 1, 0.5f, 0.5f, 0.5f, 0.5f], pictures.contiguous().data<float>().ToArray());
    }

    [Theory]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("ResidualNet(4)")]
    [InlineData("InputNormalization([0.5], [0.25]) > ConvNet(4, 8)")]
    public void FirstLayer_OfAConvolution_IsItsKernels(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = Network(architecture, new InputShape(3, 8, 8));
        var pictures = FirstLayerWeights.Images(network, new InputShape(3, 8, 8));
        Assert.Equal([4, 3, 3, 3], pictures.shape);
        Assert.All(pictures.sub(0.5f).abs().flatten(1).max(1).values.data<float>().ToArray(),
            largest => Assert.Equal(0.5f, largest, 6));
        var error = Assert.Throws<ArgumentException>(() => FirstLayerWeights.Images(network, new InputShape(1, 8, 8)));
        Assert.Contains("do not read inputs of shape 1×8×8", error.Message, StringComparison.Ordinal);
        LiveTensors.AssertNoneLeft(() => FirstLayerWeights.Images(network, new InputShape(3, 8, 8)).Dispose());
        using var bare = new FunctionNetwork(inputs => inputs);
        Assert.Contains("no first weights to show",
            Assert.Throws<ArgumentException>(() => FirstLayerWeights.Images(bare, new InputShape(1, 8, 8))).Message,
            StringComparison.Ordinal);
    }

    private static nn.Module<Tensor, Tensor> Network(string architecture, InputShape shape) =>
        ModelArchitecture.Parse(architecture).Create(shape, 3, seed: 1);
}
