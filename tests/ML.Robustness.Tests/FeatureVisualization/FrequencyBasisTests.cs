using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureVisualization;

public sealed class FrequencyBasisTests
{
    [Theory]
    [InlineData(1, 8, 8)]
    [InlineData(3, 5, 7)]
    [InlineData(1, 1, 6)]
    public void Synthesise_OfAnalyse_IsTheImage(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        var images = new RowRandom(1).Normal(zeros([2, channels, height, width], ScalarType.Float64));
        var basis = new FrequencyBasis(images, 1);
        Assert.True(basis.Synthesise(basis.Analyse(images)).allclose(images, 1e-10, 1e-12));
    }

    [Fact]
    public void Analyse_OfAWave_IsOneNumber()
    {
        using var scope = NewDisposeScope();
        var (height, width) = (4, 6);
        var image = new double[height * width];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                image[y * width + x] = Math.Cos(Math.PI * (y + 0.5) * 2 / height) * Math.Cos(Math.PI * (x + 0.5) * 3 / width);
        }
        var images = tensor(image).view(1, 1, height, width);
        var spectrum = new FrequencyBasis(images, 1).Analyse(images).data<double>().ToArray();
        // 1/6 is the least frequency that counts; the wave has 2/8 down and 3/12 across.
        var expected = Math.Sqrt(height * width) / 2 * (Math.Sqrt(2) / 4 * 6);
        for (var i = 0; i < spectrum.Length; i++)
            Assert.Equal(i == 2 * width + 3 ? expected : 0, spectrum[i], 10);
    }

    [Fact]
    public void Smooth_IsTheStepAlongTheGradientToTheSpectrum()
    {
        using var scope = NewDisposeScope();
        var weights = new RowRandom(2).Normal(zeros([1, 1, 4, 5], ScalarType.Float64));
        var basis = new FrequencyBasis(weights, 1.5);
        var spectrum = zeros_like(weights).requires_grad_(true);
        basis.Synthesise(spectrum).mul(weights).sum().backward();
        Assert.True(basis.Smooth(weights).allclose(basis.Synthesise(spectrum.grad!.detach()), 1e-10, 1e-12));
    }

    [Fact]
    public void Noise_HasTheMiddleTheDeviationAndTheSeed()
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(3, 16, 11);
        var white = VisualizationStart.Noise(shape, 20, new RowRandom(4), 0.05);
        var smooth = VisualizationStart.Noise(shape, 20, new RowRandom(4), 0.05, frequencyDecay: 1);
        Assert.Equal([20, 3, 16, 11], white.shape);
        Assert.Equal(0.5, white.mean().item<float>(), 2);
        Assert.Equal(0.05, Deviation(white), 2);
        Assert.Equal(0.05, Deviation(smooth), 1.2e-2);
        Assert.True(Roughness(smooth) < 0.5 * Roughness(white));
        Assert.True(
            white.narrow(0, 7, 1).bytes.SequenceEqual(VisualizationStart.Noise(shape, 1, new RowRandom(4, 7), 0.05).bytes));
        Assert.False(white.bytes.SequenceEqual(VisualizationStart.Noise(shape, 20, new RowRandom(5), 0.05).bytes));
        var wide = VisualizationStart.Noise(shape, 4, new RowRandom(4), 3, new ValueRange(-1, 1));
        Assert.Equal(-1, wide.min().item<float>());
        Assert.Equal(1, wide.max().item<float>());
        Assert.True(VisualizationStart.Noise(InputShape.Vector(5), 1, new RowRandom(1), 0).Equals(full([1, 5], 0.5f)));
        Assert.Equal(0,
            VisualizationStart.Noise(InputShape.Vector(400), 9, new RowRandom(1), 1, ValueRange.Unbounded).mean().item<float>(),
            0.1);
        Assert.Throws<ArgumentException>(
            () => VisualizationStart.Noise(InputShape.Vector(5), 1, new RowRandom(1), frequencyDecay: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => VisualizationStart.Noise(shape, 0, new RowRandom(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => VisualizationStart.Noise(shape, 1, new RowRandom(1), -1));

        static double Deviation(Tensor values) => Math.Sqrt(values.sub(0.5f).square().mean().item<float>());
        static double Roughness(Tensor values) =>
            values.narrow(3, 1, 10).sub(values.narrow(3, 0, 10)).square().mean().item<float>() / values.sub(0.5f).square().mean()
                .item<float>();
    }

    [Fact]
    public void Mean_IsThatOfTheRows()
    {
        using var scope = NewDisposeScope();
        var inputs = rand([7, 4], generator: new Generator(1));
        var expected = inputs.mean([0], true);
        using var data = LabeledDataset.FromTensors(inputs, zeros([7], ScalarType.Int64), InputShape.Vector(4), 2);
        Assert.True(VisualizationStart.Mean(data).allclose(expected, 1e-6, 1e-7));
        LiveTensors.AssertNoneLeft(() => VisualizationStart.Mean(data).Dispose());
        Assert.ThrowsAny<OperationCanceledException>(() => VisualizationStart.Mean(data, new CancellationToken(true)));
        using var none = LabeledDataset.FromTensors(zeros([0, 4]), zeros([0], ScalarType.Int64), InputShape.Vector(4), 2);
        Assert.Throws<ArgumentException>(() => VisualizationStart.Mean(none));
    }
}
