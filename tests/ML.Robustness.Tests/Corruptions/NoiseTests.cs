using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Corruptions;

/// <summary>Noises have the moments that are known of them.</summary>
public sealed class NoiseTests
{
    private const int Values = 100_000;

    [Theory]
    [InlineData(1, 0.04)]
    [InlineData(5, 0.1)]
    public void GaussianNoise_HasItsDeviation(int severity, double deviation)
    {
        var (mean, variance) = Moments(new GaussianNoise(), 0.5, severity);
        Assert.Equal(0.5, mean, 4 * deviation / Math.Sqrt(Values));
        Assert.Equal(deviation * deviation, variance, 0.02 * deviation * deviation);
    }

    [Theory]
    [InlineData(1, 500, 0.3)]
    [InlineData(3, 100, 0.5)]
    [InlineData(5, 50, 0.05)]
    public void ShotNoise_KeepsTheMeanAndItsVarianceGrowsWithTheLight(int severity, double photons, double light)
    {
        var (mean, variance) = Moments(new ShotNoise(), light, severity);
        Assert.Equal(light, mean, 4 * Math.Sqrt(light / photons / Values));
        Assert.Equal(light / photons, variance, 0.03 * light / photons);
    }

    [Fact]
    public void ShotNoise_CountsWholePhotonsAndBlackStaysBlack()
    {
        using var scope = NewDisposeScope();
        var noisy = new ShotNoise().Apply(full([1, 1, 20, 20], 0.4, ScalarType.Float64), 4, new RowRandom(1), ValueRange.Unit);
        Assert.True(noisy.mul(75).round().div(75).allclose(noisy, 0, 1e-14));
        Assert.Equal(0,
            new ShotNoise().Apply(zeros([1, 1, 9, 9], ScalarType.Float64), 5, new RowRandom(1), ValueRange.Unit).max()
                .item<double>());
    }

    [Theory]
    [InlineData(0, 0.999999, 0)]
    [InlineData(1, 0.367, 0)]
    [InlineData(1, 0.368, 1)]
    [InlineData(2, 0.676, 2)]
    [InlineData(2, 0.677, 3)]
    public void PoissonQuantile_EqualsTheTables(double mean, double share, int count) =>
        Assert.Equal(count, PoissonQuantile.Of(mean, share));

    [Fact]
    public void PoissonQuantile_LargestShareAndMean_Ends()
    {
        Assert.InRange(PoissonQuantile.Of(500, 1 - Math.Pow(2, -53)), 650, 750);
        Assert.InRange(PoissonQuantile.Of(1e-300, 1 - Math.Pow(2, -53)), 0, 1);
    }

    [Theory]
    [InlineData(1, 0.01)]
    [InlineData(5, 0.07)]
    public void ImpulseNoise_HitsItsShareHalfOfItWhite(int severity, double share)
    {
        using var scope = NewDisposeScope();
        var noisy = new ImpulseNoise().Apply(full([10, 1, 100, 100], 0.4, ScalarType.Float64), severity, new RowRandom(3),
            ValueRange.Unit);
        var (salt, pepper) = (noisy.eq(1).sum().item<long>() / (double)Values, noisy.eq(0).sum().item<long>() / (double)Values);
        var tolerance = 4 * Math.Sqrt(share / 2 / Values);
        Assert.Equal(share / 2, salt, tolerance);
        Assert.Equal(share / 2, pepper, tolerance);
        Assert.Equal(Values, noisy.eq(1).sum().item<long>() + noisy.eq(0).sum().item<long>() + noisy.eq(0.4).sum().item<long>());
    }

    private static (double Mean, double Variance) Moments(Corruption corruption, double value, int severity)
    {
        using var scope = NewDisposeScope();
        var noisy = corruption.Apply(full([10, 1, 100, 100], value, ScalarType.Float64), severity, new RowRandom(3),
            ValueRange.Unit);
        var mean = noisy.mean().item<double>();
        return (mean, noisy.sub(mean).square().mean().item<double>());
    }
}
