using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attribution;

public class IntegratedGradientsTests
{
    [Fact]
    public void Attribute_ConvNet_IsComplete()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ConvNet().Create(new InputShape(1, 28, 28), 10, seed: 3);
        var inputs = new RowRandom(5).Uniform(zeros(8, 1, 28, 28), 0, 1);
        using var result = new IntegratedGradients().Attribute(network, inputs);
        using var dark = new Saliency().Attribute(network, zeros_like(inputs), AttributionTarget.Labels(result.Targets));
        var (sums, scores, starts, gaps) = (Values(result.Values.flatten(1).sum(1)), Values(result.Scores), Values(dark.Scores),
            Values(result.CompletenessGaps!));
        for (var row = 0; row < 8; row++)
        {
            Assert.Equal(scores[row] - starts[row], sums[row], 1e-3);
            Assert.Equal(sums[row] - (scores[row] - starts[row]), gaps[row], 1e-6);
        }
    }

    // Gauss and Legendre's rule of n nodes is exact for polynomials of degree 2n - 1: the gradient of Σ x⁶ has degree 5.
    [Fact]
    public void Attribute_Polynomial_IsExactWithThreeSteps()
    {
        using var scope = NewDisposeScope();
        using var network = new FunctionNetwork(input => stack([input.pow(6).sum(1), input.sum(1)], 1));
        var inputs = Inputs(InputShape.Vector(4));
        using var result = new IntegratedGradients { Steps = 3 }.Attribute(network, inputs, AttributionTarget.Class(0));
        AssertClose(inputs.pow(6), result.Values, 1e-14);
        using var fewer = new IntegratedGradients { Steps = 2, Tolerance = null }.Attribute(network, inputs,
            AttributionTarget.Class(0));
        Assert.True(Values(fewer.CompletenessGaps!).Min(Math.Abs) > 1e-4);
    }

    [Fact]
    public void Tolerance_DoublesTheStepsOfRowsThatNeedIt()
    {
        using var scope = NewDisposeScope();
        var passed = 0L;
        using var network = new FunctionNetwork(input =>
        {
            passed += input.requires_grad ? input.shape[0] : 0;
            return stack([input.pow(6).sum(1), input.sum(1)], 1);
        });
        // With two steps x⁶ misses by about a hundredth of itself, with four it is exact; the second row is within the tolerance
        // as it is.
        var inputs = tensor(new[] { 1.0, 1, 0.1, 0.1 }).view(2, 2);
        using var result = new IntegratedGradients { Steps = 2, Tolerance = 1e-3 }.Attribute(network, inputs,
            AttributionTarget.Class(0));
        AssertClose(inputs.pow(6)[0], result.Values[0], 1e-14);
        Assert.True(Values(result.CompletenessGaps!).Max(Math.Abs) < 1e-3);
        Assert.Equal(2 * 2 + 4, passed);
    }

    [Fact]
    public void Gaps_OfNoisyCopies_AreNotReported()
    {
        using var scope = NewDisposeScope();
        using var network = new FunctionNetwork(input => input.square());
        using var result = new IntegratedGradients().Smoothed(2).Attribute(network, Inputs(InputShape.Vector(4)));
        Assert.Null(result.CompletenessGaps);
        using var gradient = new Saliency().Attribute(network, Inputs(InputShape.Vector(4)));
        Assert.Null(gradient.CompletenessGaps);
    }

    [Fact]
    public void Settings_OutsideTheirBounds_Throw()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntegratedGradients { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntegratedGradients { Baseline = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntegratedGradients { Baseline = 1e39 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntegratedGradients { Tolerance = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntegratedGradients { BaselineRow = [0, float.PositiveInfinity] });
        using var network = new FunctionNetwork(input => input.square());
        var error = Assert.Throws<ArgumentException>(
            () => new IntegratedGradients { BaselineRow = [0, 1] }.Attribute(network, Inputs(InputShape.Vector(4))));
        Assert.Contains("BaselineRow has 2 values but a row of shape [4] has 4", error.Message);
    }
}
