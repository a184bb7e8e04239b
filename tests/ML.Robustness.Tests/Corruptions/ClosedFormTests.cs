using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Corruptions;

/// <summary>Corruptions without chance, against what they are by hand.</summary>
public sealed class ClosedFormTests
{
    [Fact]
    public void Contrast_DistanceFromTheMeanShrinksByTheConstant()
    {
        using var scope = NewDisposeScope();
        var images = TestImages.Make();
        double[] shares = [0.75, 0.5, 0.4, 0.3, 0.15];
        var means = images.mean([2, 3], true);
        for (var severity = 1; severity <= 5; severity++)
            Assert.True(
                means.add(images.sub(means).mul(shares[severity - 1]))
                    .allclose(Applied(new Contrast(), images, severity), 0, 1e-14));
    }

    [Fact]
    public void Brightness_ShiftsTheGreatestChannelAndKeepsTheRatios()
    {
        using var scope = NewDisposeScope();
        var pixels = tensor(new[] { 0.5, 0, 0.9, 0.25, 0, 0.3, 0, 0, 0.6 })
            .view(1, 3, 1, 3); // three pixels: (½, ¼, 0), black, (0.9, 0.3, 0.6)
        var brighter = TestImages.Values(Applied(new Brightness(), pixels, 4));
        double[] expected = [0.7, 0.2, 1, 0.35, 0.2, 1 / 3.0, 0, 0.2, 2 / 3.0];
        Assert.Equal(expected, brighter, Near);
        var grey = TestImages.Make(channels: 1);
        Assert.True(grey.add(0.3).clamp(0, 1).allclose(Applied(new Brightness(), grey, 5), 0, 1e-14));
    }

    [Fact]
    public void GaussianBlur_APointBecomesTheBellCurve()
    {
        using var scope = NewDisposeScope();
        var point = zeros([1, 1, 15, 13], ScalarType.Float64);
        point.select(2, 7).select(2, 6).fill_(1);
        var blurred = Applied(new GaussianBlur(), point, 5).view(15, 13);
        var norm = Enumerable.Range(-4, 9).Sum(i => Math.Exp(-0.5 * i * i));
        for (var y = 0; y < 15; y++)
        {
            for (var x = 0; x < 13; x++)
            {
                var (dy, dx) = (y - 7, x - 6);
                var expected = Math.Abs(dy) > 4 || Math.Abs(dx) > 4 ? 0 : Math.Exp(-0.5 * (dy * dy + dx * dx)) / (norm * norm);
                Assert.Equal(expected, blurred.select(0, y).select(0, x).item<double>(), 1e-14);
            }
        }
        var even = full([1, 3, 6, 2], 0.3, ScalarType.Float64);
        Assert.True(even.allclose(Applied(new GaussianBlur(), even, 5), 0, 1e-14));
    }

    [Fact]
    public void Pixelate_BoxesHoldMeansOfWholePixels()
    {
        using var scope = NewDisposeScope();
        // Four pixels made two and back; then ⌊0.75 · 4⌋ = 3, whose boxes of 4/3 pixels hold the centres of 1, 2 and 1 pixels.
        var half = Pixelate.Box(4, 2, CPU);
        Assert.Equal([0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5], TestImages.Values(half), Near);
        var line = tensor(new[] { 0.1, 0.2, 0.6, 0.9 }).view(1, 1, 1, 4);
        Assert.Equal([0.1, 0.4, 0.4, 0.9], TestImages.Values(Applied(new Pixelate(), line, 4)), Near);
    }

    [Fact]
    public void Fog_IsTheHazeOfHendrycksAndDietterich()
    {
        using var scope = NewDisposeScope();
        var images = TestImages.Make();
        var foggy = Applied(new Fog(), images, 2);
        var brightest = images.amax([1, 2, 3], true);
        var haze = foggy.mul(brightest.add(0.5)).div(brightest).sub(images).div(0.5); // (N, 3, H, W): one cloud for all channels
        Assert.True(haze.narrow(1, 0, 1).expand(haze.shape).allclose(haze, 0, 1e-12));
        Assert.True(haze.min().item<double>() > -1e-12 && haze.max().item<double>() < 1 + 1e-12);
        // Low frequencies: neighbours differ far less than pixels in general do.
        var steps = haze.narrow(3, 1, 25).sub(haze.narrow(3, 0, 25)).square().mean().item<double>();
        Assert.True(steps < 0.2 * 2 * haze.sub(haze.mean([1, 2, 3], true)).square().mean().item<double>());
    }

    [Fact]
    public void PlasmaMap_OfTwo_IsTheAlgorithmByHand()
    {
        double[] map = [0.5, -1, 0.25, 1];
        PlasmaFractal.Fill(map, 2, 3);
        // Corner 0; centre 0/4 + 10⁴; the other two have two corners and two centres beside them: 10⁴/2 + 10⁴·u.
        double[] raw = [0, 5000 - 10000, 5000 + 2500, 10000];
        Assert.Equal(raw.Select(value => (value + 5000) / 15000), map, Near);
    }

    [Theory]
    [InlineData(19, 26)]
    [InlineData(8, 8)]
    [InlineData(1, 7)]
    public void LowestAndHighestFrequencies_AddUpToTheImage(long height, long width)
    {
        using var scope = NewDisposeScope();
        var images = TestImages.Make(height: height, width: width);
        var means = images.mean([2, 3], true);
        var low = FrequencyFilter.Lowest(images, 0.1);
        var high = new HighPass().Corrupt(images, 3, new RowRandom(1));
        Assert.True(low.add(high).sub(means).allclose(images, 0, 1e-13));
        Assert.True(high.mean([2, 3], true).allclose(means, 0, 1e-13));
        Assert.True(low.allclose(new LowPass().Corrupt(images, 5, new RowRandom(1)), 0, 1e-13));
        Assert.True(FrequencyFilter.Lowest(low, 0.1).allclose(low, 0, 1e-13));
        Assert.True(FrequencyFilter.Lowest(images, 1).allclose(images, 0, 1e-13));
        Assert.True(FrequencyFilter.Lowest(images, 0).allclose(means.expand(images.shape), 0, 1e-13));
    }

    [Theory]
    [InlineData(2, 1, true)]
    [InlineData(-2, 1, true)]
    [InlineData(2, 3, false)]
    public void LowestFrequencies_KeepAWaveInsideTheRadiusAndNoOther(int vertical, int horizontal, bool isKept)
    {
        using var scope = NewDisposeScope();
        var values = new double[20 * 16];
        for (var i = 0; i < values.Length; i++)
            values[i] = Math.Cos(Math.Tau * (vertical * (i / 16) / 20.0 + horizontal * (i % 16) / 16.0) + 0.4);
        var wave = tensor(values).view(1, 1, 20, 16); // radius √(0.1² + 0.0625²) = 0.118, and 0.213
        Assert.True(FrequencyFilter.Lowest(wave, 0.15).allclose(isKept ? wave : zeros_like(wave), 0, 1e-13));
    }

    private static bool Near(double one, double other) => Math.Abs(one - other) < 1e-12;

    private static Tensor Applied(Corruption corruption, Tensor images, int severity) =>
        corruption.Apply(images, severity, new RowRandom(4), ValueRange.Unit);
}
