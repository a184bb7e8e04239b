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

public class SmoothedAttributionTests
{
    [Fact]
    public void Smoothed_NineTimes_IsRefused()
    {
        AttributionMethod method = new Saliency();
        for (var depth = 0; depth < 8; depth++)
            method = method.Smoothed(samples: 1);
        Assert.StartsWith("The method is smoothed 8 times already, each time inside the next, and 8 is the most",
            Assert.Throws<ArgumentException>(() => method.Smoothed(samples: 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_AreThePapers()
    {
        var method = new Saliency { BatchSize = 17 }.Smoothed();
        Assert.Equal((50, 0.15, ValueRange.Unit, NoiseCombination.Mean, 17),
            (method.Samples, method.Noise, method.Range, method.Combination, method.BatchSize));
        Assert.Equal("Saliency, 50 samples, noise 0.15", method.ToString());
    }

    [Theory]
    [InlineData("Saliency")]
    [InlineData("IntegratedGradients")]
    [InlineData("Occlusion")]
    public void Attribute_WithoutNoise_EqualsTheMethod(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(21, 3);
        var inputs = Inputs(new InputShape(1, 3, 7));
        using var plain = MethodTable.Methods[name].Attribute(network, inputs);
        using var smooth = MethodTable.Methods[name].Smoothed(7, 0).Attribute(network, inputs);
        AssertClose(plain.Values, smooth.Values, 1e-13);
    }

    [Fact]
    public void Attribute_GradCam_WithoutNoise_EqualsTheMethod()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ConvNet(4, 8).Create(new InputShape(3, 9, 6), 3, seed: 1);
        var inputs = rand(3, 3, 9, 6);
        using var plain = new GradCam().Attribute(network, inputs);
        using var smooth = new GradCam().Smoothed(4, 0).Attribute(network, inputs);
        AssertClose(plain.Values, smooth.Values, 1e-6);
    }

    // The score Σ x² / 2 has the gradient x: what comes out is the noise itself.
    [Theory]
    [InlineData(0, 1, 0.15)]
    [InlineData(-1, 3, 0.6)]
    public void Attribute_QuadraticScore_ShowsNoiseOfTheShareOfTheRange(double minimum, double maximum, double deviation)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(InputShape.Vector(500), 40);
        var range = new ValueRange(minimum, maximum);
        using var one = new SmoothedAttribution(new Saliency()) { Samples = 1, Range = range }.Attribute(Quadratic(), inputs,
            AttributionTarget.Class(0));
        var noise = Values(one.Values.sub(inputs));
        Assert.Equal(0, noise.Average(), 3 * deviation / Math.Sqrt(noise.Length));
        Assert.Equal(deviation, Math.Sqrt(noise.Average(value => value * value)), 0.02 * deviation);

        using var variance = new SmoothedAttribution(new Saliency())
        {
            Samples = 100,
            Range = range,
            Combination = NoiseCombination.Variance
        }.Attribute(Quadratic(), inputs, AttributionTarget.Class(0));
        Assert.Equal(deviation * deviation * 0.99, Values(variance.Values).Average(), 0.01 * deviation * deviation);
    }

    [Fact]
    public void Attribute_Combinations_AreTheMomentsOfTheSamples()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(InputShape.Vector(4), 3);
        // Sums of the first n samples tell each sample apart.
        var sums = Enumerable.Range(1, 6).Select(n => Values(Run(NoiseCombination.Mean, n)).Select(mean => mean * n).ToArray())
            .ToArray();
        var samples = sums.Select((sum, n) => sum.Select((value, i) => n == 0 ? value : value - sums[n - 1][i]).ToArray())
            .ToArray();
        Assert.Equal(6, samples.Select(sample => Math.Round(sample[0], 9)).Distinct().Count());
        var squares = Values(Run(NoiseCombination.MeanOfSquares, 6));
        var variance = Values(Run(NoiseCombination.Variance, 6));
        for (var i = 0; i < 12; i++)
        {
            var mean = samples.Average(sample => sample[i]);
            Assert.Equal(samples.Average(sample => sample[i] * sample[i]), squares[i], 1e-12);
            Assert.Equal(samples.Average(sample => (sample[i] - mean) * (sample[i] - mean)), variance[i], 1e-12);
        }

        Tensor Run(NoiseCombination combination, int samples) =>
            new SmoothedAttribution(new Saliency()) { Samples = samples, Combination = combination, BatchSize = 7 }
            .Attribute(Quadratic(), inputs, AttributionTarget.Class(0)).Values;
    }

    [Fact]
    public void Attribute_OtherSeedOrRow_GivesOtherNoise()
    {
        using var scope = NewDisposeScope();
        var inputs = full([2, 4], 0.5, ScalarType.Float64);
        var method = new Saliency().Smoothed(3);
        var first = Values(method.Attribute(Quadratic(), inputs, AttributionTarget.Class(0), new RowRandom(1)).Values);
        Assert.Equal(first, Values(method.Attribute(Quadratic(), inputs, AttributionTarget.Class(0), new RowRandom(1)).Values));
        Assert.NotEqual(first,
            Values(method.Attribute(Quadratic(), inputs, AttributionTarget.Class(0), new RowRandom(2)).Values));
        Assert.NotEqual(first[..4], first[4..]);
    }

    [Fact]
    public void Attribute_SmoothedTwice_DrawsOtherNoiseForEachOuterSample()
    {
        using var scope = NewDisposeScope();
        var inputs = full([1, 2000], 0.5, ScalarType.Float64);
        using var result = new Saliency().Smoothed(1, 0.1).Smoothed(100, 0)
            .Attribute(Quadratic(), inputs, AttributionTarget.Class(0));
        // 100 samples of their own noise leave a tenth of it; the same noise a hundred times would leave all.
        Assert.Equal(0.01, Math.Sqrt(Values(result.Values).Average(value => (value - 0.5) * (value - 0.5))), 0.002);
    }

    [Fact]
    public void Attribute_MoreSamples_HoldNoMoreTensors()
    {
        using var scope = NewDisposeScope();
        var most = 0L;
        using var network = new FunctionNetwork(input =>
        {
            most = Math.Max(most, Tensor.TotalCount);
            return stack([input.square().sum(1), input.sum(1)], 1);
        });
        var inputs = Inputs(InputShape.Vector(4), 3);
        long Peak(int samples)
        {
            most = 0;
            new SmoothedAttribution(new Saliency())
            {
                Samples = samples,
                BatchSize = 6,
                Combination = NoiseCombination.Variance
            }.Attribute(network, inputs).Dispose();
            return most;
        }
        Peak(10);
        LiveTensors.Count();
        Assert.Equal(Peak(10), Peak(500));
    }

    [Fact]
    public void Settings_OutsideTheirBounds_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Saliency().Smoothed(0));
        Assert.Contains("Noise must be a finite number of zero or more",
            Assert.Throws<ArgumentOutOfRangeException>(() => new Saliency().Smoothed(5, -0.1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Saliency().Smoothed(5, double.NaN));
        Assert.Throws<ArgumentNullException>(() => new SmoothedAttribution(null!));
        var error = Assert.Throws<ArgumentException>(
            () => new SmoothedAttribution(new Saliency()) { Range = ValueRange.Unbounded });
        Assert.Contains("has none: set Range to the least and the greatest value of your inputs", error.Message);
        Assert.Throws<ArgumentException>(
            () => new SmoothedAttribution(new Saliency()) { Range = new(0, double.PositiveInfinity) });
        Assert.Throws<ArgumentException>(() => new SmoothedAttribution(new Saliency()) { Range = default });
    }

    [Fact]
    public void Explain_NoiseBeyondASingle_IsAnError()
    {
        using var inputs = ones(2, 3);
        var method = new SmoothedAttribution(new Saliency()) { Noise = 1e3, Range = new(0, 1e37) };
        Assert.Contains("is more than a Single holds",
            Assert.Throws<ArgumentException>(() => method.Attribute(Quadratic(), inputs)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Saliency().Smoothed(5, 1e39));
    }

    private static FunctionNetwork Quadratic() => new(input => stack([input.square().sum(1).mul(0.5), input.sum(1)], 1));
}
