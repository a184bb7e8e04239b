using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attribution;

public class FeaturePermutationTests
{
    private static readonly double[] Weights = [3, -1, 2, 0];

    [Fact]
    public void Attribute_LinearScore_IsTheWeightTimesTheDistanceFromTheMeanOfTheRowsDrawn()
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var background = tensor(new[] { 0.0, 1, 2, 3, /**/ 10, 20, 30, 40, /**/ -1, 5, 0.5, 7 }).view(3, 4);
        var inputs = Inputs(InputShape.Vector(4));
        using var result = new FeaturePermutation(background) { Samples = 6 }.Attribute(
            network, inputs, AttributionTarget.Class(0), new RowRandom(7));
        // The rows drawn, by the rows' own numbers.
        var drawn = new RowRandom(7).Derive(0x46_65_61_74_75_72_65).Uniform(zeros([5, 6], ScalarType.Float64), 0, 1)
            .mul(3).floor().to(ScalarType.Int64);
        for (var row = 0; row < 5; row++)
        {
            var mean = background.index_select(0, drawn[row]).mean([0L]);
            AssertClose(tensor(Weights).mul(inputs[row].sub(mean)), result.Values[row], 1e-12);
        }
    }

    [Fact]
    public void Attribute_ManySamples_NearsTheMeanOfTheBackground()
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var background = new RowRandom(2).Uniform(zeros([40, 4], ScalarType.Float64), 0, 1);
        var inputs = Inputs(InputShape.Vector(4));
        using var result = new FeaturePermutation(background) { Samples = 4000 }.Attribute(network, inputs,
            AttributionTarget.Class(0));
        AssertClose(tensor(Weights).mul(inputs.sub(background.mean([0L]))), result.Values, 0.06);
        using var one = new FeaturePermutation(background.narrow(0, 3, 1)) { Samples = 2 }.Attribute(network, inputs,
            AttributionTarget.Class(0));
        AssertClose(tensor(Weights).mul(inputs.sub(background[3])), one.Values, 1e-12);
    }

    [Fact]
    public void Attribute_OfOneRow_IsOcclusionByThatRow()
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(6, 3);
        var inputs = Inputs(InputShape.Vector(6));
        using var permuted = new FeaturePermutation(full([1, 6], 0.5, ScalarType.Float64)).Attribute(network, inputs);
        using var covered = new Occlusion { Baseline = 0.5 }.Attribute(network, inputs);
        AssertClose(covered.Values, permuted.Values, 1e-12);
    }

    [Fact]
    public void Attribute_NetworkWithoutGradients_IsExplained()
    {
        using var scope = NewDisposeScope();
        // A tree's score: its backward pass would throw.
        using var network = new FunctionNetwork(input => cat([input.detach().gt(0.5).to(ScalarType.Float64), input.detach()], 1));
        using var result = new FeaturePermutation(zeros([3, 2], ScalarType.Float64)) { Samples = 3 }.Attribute(
            network, tensor(new[] { 0.75, 0.25 }).view(1, 2), AttributionTarget.Class(0));
        Assert.Equal([1.0, 0], Values(result.Values));
    }

    [Theory]
    [InlineData(1, 4, 5)]
    [InlineData(2, 3, 2)]
    public void Attribute_BatchPassSizeAndStrides_ChangeNothing(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(channels, height, width);
        using var network = new RowwiseNetwork(shape.Length, 3);
        var inputs = Inputs(shape);
        var method = new FeaturePermutation(new RowRandom(9).Normal(zeros(shape.Batch(7), ScalarType.Float64))) { Samples = 4 };
        using var whole = method.Attribute(network, inputs, random: new RowRandom(4, 10));
        foreach (var size in new[] { 1, 2, 7, 1000 })
        {
            using var found = MethodTable.WithPassSize(method, size).Attribute(network, inputs, random: new RowRandom(4, 10));
            AssertClose(whole.Values, found.Values, 1e-12);
        }
        for (var row = 0; row < 5; row++)
        {
            using var one = method.Attribute(network, inputs.narrow(0, row, 1), random: new RowRandom(4, 10 + row));
            AssertClose(whole.Values.narrow(0, row, 1), one.Values, 1e-12);
        }
        using var strided = method.Attribute(
            network, inputs.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0), random: new RowRandom(4, 10));
        AssertClose(whole.Values, strided.Values, 1e-12);
        using var smoothed = method.Smoothed(3, 0).Attribute(network, inputs);
        Assert.Equal(inputs.shape, smoothed.Values.shape);
    }

    [Fact]
    public void Attribute_LeavesNoTensorsAlive_AndCopiesTheBackground()
    {
        using var network = new RowwiseNetwork(6, 3);
        using var inputs = Inputs(InputShape.Vector(6));
        FeaturePermutation method;
        using (var background = ones([3, 6], ScalarType.Float64))
            method = new FeaturePermutation(background) { Samples = 2, BatchSize = 3 };
        LiveTensors.AssertNoneLeft(() => method.Attribute(network, inputs).Dispose());
        Assert.Equal("FeaturePermutation, 2 samples of 3 rows", method.ToString());
    }

    [Fact]
    public void WrongBackground_IsNamed()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("The background must be floating-point rows (M, …)",
            Assert.Throws<ArgumentException>(() => new FeaturePermutation(zeros(4))).Message);
        Assert.Contains("The background must be floating-point rows (M, …)",
            Assert.Throws<ArgumentException>(() => new FeaturePermutation(zeros(0, 4))).Message);
        Assert.Contains("The background holds NaN or infinity",
            Assert.Throws<ArgumentException>(() => new FeaturePermutation(full([2, 4], double.NaN))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeaturePermutation(zeros(2, 4)) { Samples = 0 });
        using var network = new RowwiseNetwork(6, 3);
        Assert.Contains("The background has rows of 4 values, but a row of shape [6] has 6",
            Assert.Throws<ArgumentException>(
                () => new FeaturePermutation(zeros(2, 4)).Attribute(network, Inputs(InputShape.Vector(6)))).Message);
    }

    private static FunctionNetwork Linear() => new(input =>
        cat([input.mul(tensor(Weights)).sum(1, true), zeros_like(input.narrow(1, 0, 1))], 1));
}
