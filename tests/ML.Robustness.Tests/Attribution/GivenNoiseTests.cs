using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attribution;

/// <summary>The score Σ x² / 2 has the gradient x: an attribution at a noisy copy is the copy itself.</summary>
public class GivenNoiseTests
{
    // Two samples of two rows of two values, each a sum of powers of two: exact in float64.
    private static readonly double[] Noise = [1, -2, 0.5, 0.25, -3, 1, 0.5, -0.75];

    [Theory]
    [InlineData(NoiseCombination.Mean, new[] { 0, 0.5, 2.5, 3.75 })]
    [InlineData(NoiseCombination.MeanOfSquares, new[] { 4.0, 2.5, 6.25, 14.3125 })]
    [InlineData(NoiseCombination.Variance, new[] { 4.0, 2.25, 0, 0.25 })]
    [InlineData(NoiseCombination.MeanOfAbsolutes, new[] { 2.0, 1.5, 2.5, 3.75 })]
    public void Attribute_QuadraticScore_IsTheMomentOfTheGivenCopies(NoiseCombination combination, double[] expected)
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(new double[] { 1, 1, 2, 4 }).reshape(2, 2);
        var noise = tensor(Noise).reshape(2, 2, 2);
        // The first row's copies are (2, -1) and (-2, 2), the second's (2.5, 4.25) and (2.5, 3.25).
        foreach (var batchSize in new[] { 1, 2, 3, 100 })
        {
            var method = new SmoothedAttribution(new Saliency())
            {
                Combination = combination,
                BatchSize = batchSize
            }.WithNoise(noise);
            using var result = method.Attribute(Quadratic(), inputs, AttributionTarget.Class(0));
            Assert.Equal(expected, Values(result.Values));
        }

        Assert.Equal(Noise, Values(noise));
    }

    [Fact]
    public void WithNoise_TakesSettingsOver_AndSamplesFromTheNoise()
    {
        using var scope = NewDisposeScope();
        var method = new SmoothedAttribution(new Saliency())
        {
            Combination = NoiseCombination.MeanOfSquares,
            BatchSize = 3,
            Noise = 0.4
        };
        var given = method.WithNoise(zeros(9, 2, 4));
        Assert.Equal((9, 3, NoiseCombination.MeanOfSquares, 0.4),
            (given.Samples, given.BatchSize, given.Combination, given.Noise));
        Assert.Equal("Saliency, 9 samples, given noise, MeanOfSquares", given.ToString());
    }

    [Fact]
    public void DrawnNoise_GivenBack_GivesTheSameAttributions()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(InputShape.Vector(4), 3);
        // One sample at a time shows the noise that was drawn.
        var sums = Enumerable.Range(1, 5)
            .Select(n => new Saliency().Smoothed(n).Attribute(Quadratic(), inputs, AttributionTarget.Class(0)).Values.mul(n))
            .ToArray();
        var noise = stack([.. sums.Select((sum, n) => (n == 0 ? sum : sum.sub(sums[n - 1])).sub(inputs))]);
        using var drawn = new Saliency().Smoothed(5).Attribute(Quadratic(), inputs, AttributionTarget.Class(0));
        using var given = new Saliency().Smoothed().WithNoise(noise).Attribute(Quadratic(), inputs, AttributionTarget.Class(0));
        AssertClose(drawn.Values, given.Values, 1e-12);
    }

    [Fact]
    public void RowRange_IsEachRowsOwn_AndTheNoiseTheSame()
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(new double[] { 0, 0.25, 1, 0.5, -1, 3, 0, 1, 2, 2, 2, 2 }).reshape(3, 4); // Ranges of 1, 4 and 0.
        using var shared = One(new SmoothedAttribution(new Saliency()) { Samples = 1, Noise = 0.1 });
        using var own = One(
            new SmoothedAttribution(new Saliency()) { Samples = 1, Noise = 0.1, NoiseScale = NoiseScale.RowRange });
        var ranges = tensor(new double[] { 1, 4, 0 }).unsqueeze(1);
        AssertClose(shared.Values.sub(inputs).mul(ranges), own.Values.sub(inputs), 1e-14);
        Assert.Equal([2, 2, 2, 2], Values(own.Values)[8..]);
        Assert.Equal("Saliency, 1 samples, noise 0.1 of each row's range",
            $"{new SmoothedAttribution(new Saliency()) { Samples = 1, Noise = 0.1, NoiseScale = NoiseScale.RowRange }}");

        AttributionResult One(SmoothedAttribution method) => method.Attribute(Quadratic(), inputs, AttributionTarget.Class(0));
    }

    [Fact]
    public void NoiseThatDoesNotFit_IsRefused()
    {
        using var scope = NewDisposeScope();
        var method = new Saliency().Smoothed();
        Assert.Throws<ArgumentNullException>(() => method.WithNoise(null!));
        Assert.Contains("Noise must be a floating-point tensor (samples, N, …), got Int64",
            Assert.Throws<ArgumentException>(() => method.WithNoise(zeros([2, 2], ScalarType.Int64))).Message);
        Assert.Contains("of shape [3]", Assert.Throws<ArgumentException>(() => method.WithNoise(zeros(3))).Message);
        Assert.Contains("Noise must be finite",
            Assert.Throws<ArgumentException>(() => method.WithNoise(full([2, 2, 2], double.NaN))).Message);
        var error = Assert.Throws<ArgumentException>(() => method.WithNoise(zeros(2, 3, 4)).Attribute(Quadratic(), zeros(2, 4)));
        Assert.Contains("The noise given to WithNoise is for a batch of shape [3, 4], but the inputs are of shape [2, 4].",
            error.Message);
        var twice = Assert.Throws<InvalidOperationException>(
            () => method.WithNoise(zeros(2, 2, 4)).Smoothed(2).Attribute(Quadratic(), zeros(2, 4)));
        Assert.Contains("A method with given noise cannot be smoothed again", twice.Message);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new SmoothedAttribution(new Saliency()) { Combination = (NoiseCombination)9 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmoothedAttribution(new Saliency()) { NoiseScale = (NoiseScale)9 });
    }

    private static FunctionNetwork Quadratic() => new(input => stack([input.square().sum(1).mul(0.5), input.sum(1)], 1));
}
