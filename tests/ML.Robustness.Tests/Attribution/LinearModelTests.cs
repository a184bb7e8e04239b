using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attribution;

/// <summary>On logits W x + b every attribution is known in closed form.</summary>
public sealed class LinearModelTests : IDisposable
{
    private const int Target = 2;

    private readonly AffineNetwork _network = new(6, 3);
    private readonly Tensor _inputs = Inputs(InputShape.Vector(6));

    private Tensor Weights =>
        _network.named_parameters().Single(pair => pair.name == "weights").parameter.detach()[Target].expand(5, 6);

    public void Dispose()
    {
        _network.Dispose();
        _inputs.Dispose();
    }

    [Fact]
    public void Saliency_EqualsTheWeights() => AssertExplains(new Saliency(), Weights, 1e-14);

    [Fact]
    public void SmoothGrad_EqualsTheWeights() => AssertExplains(new Saliency().Smoothed(50, 0.3), Weights, 1e-14);

    [Fact]
    public void SmoothGradSquared_EqualsTheSquaredWeights() =>
        AssertExplains(new SmoothedAttribution(new Saliency()) { Combination = NoiseCombination.MeanOfSquares }, Weights.square(),
            1e-14);

    [Fact]
    public void VarGrad_IsZero() =>
        AssertExplains(new SmoothedAttribution(new Saliency()) { Combination = NoiseCombination.Variance }, zeros_like(_inputs),
            1e-29);

    [Fact]
    public void MeanOfAbsolutes_EqualsTheAbsoluteWeights() =>
        AssertExplains(new SmoothedAttribution(new Saliency()) { Combination = NoiseCombination.MeanOfAbsolutes }, Weights.abs(),
            1e-14);

    [Fact]
    public void SmoothGrad_OfRowRange_EqualsTheWeights() =>
        AssertExplains(new SmoothedAttribution(new Saliency()) { NoiseScale = NoiseScale.RowRange }, Weights, 1e-14);

    [Fact]
    public void SmoothGrad_OfGivenNoise_EqualsTheWeights()
    {
        using var noise = new RowRandom(4).Normal(zeros([7, 5, 6], ScalarType.Float64));
        AssertExplains(new Saliency().Smoothed().WithNoise(noise), Weights, 1e-14);
    }

    [Fact]
    public void InputTimesGradient_EqualsWeightTimesInput() =>
        AssertExplains(new InputTimesGradient(), Weights.mul(_inputs), 1e-14);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    public void IntegratedGradients_EqualsWeightTimesWay(int steps) =>
        AssertExplains(new IntegratedGradients { Steps = steps, Baseline = 0.25 }, Weights.mul(_inputs.sub(0.25)), 1e-13);

    [Fact]
    public void IntegratedGradients_FromARow_EqualsWeightTimesWay()
    {
        float[] row = [0, 1, 0.5f, 0.25f, -1, 0.125f];
        AssertExplains(new IntegratedGradients { BaselineRow = row }, Weights.mul(_inputs.sub(tensor(row, ScalarType.Float64))),
            1e-13);
    }

    [Fact]
    public void Occlusion_EqualsWeightTimesWay() =>
        AssertExplains(new Occlusion { Baseline = 0.25 }, Weights.mul(_inputs.sub(0.25)), 1e-13);

    [Fact]
    public void Occlusion_Smoothed_EqualsWeightTimesNoisyWay()
    {
        using var scope = NewDisposeScope();
        using var times = new InputTimesGradient().Smoothed(4)
            .Attribute(_network, _inputs, AttributionTarget.Class(Target), new RowRandom(8));
        using var covered = new Occlusion().Smoothed(4)
            .Attribute(_network, _inputs, AttributionTarget.Class(Target), new RowRandom(8));
        AssertClose(times.Values, covered.Values, 1e-13);
    }

    [Fact]
    public void Margin_EqualsTheDifferenceOfWeights()
    {
        using var scope = NewDisposeScope();
        var weights = _network.named_parameters().Single(pair => pair.name == "weights").parameter.detach();
        using var result = new Saliency().Attribute(_network, _inputs, AttributionTarget.Margin(0, 1));
        AssertClose(weights[0].sub(weights[1]).expand(5, 6), result.Values, 1e-14);
    }

    private void AssertExplains(AttributionMethod method, Tensor expected, double tolerance)
    {
        using var result = method.Attribute(_network, _inputs, AttributionTarget.Class(Target));
        AssertClose(expected, result.Values, tolerance);
        if (result.CompletenessGaps is { } gaps)
            AssertClose(zeros_like(gaps), gaps, 1e-12);
    }
}
