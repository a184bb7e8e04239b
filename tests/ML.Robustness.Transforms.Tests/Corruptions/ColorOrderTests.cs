using Microsoft.ML;
using ML.Robustness.Corruptions;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Corruptions;

public sealed class ColorOrderTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Jpeg_OfFlippedChannels_IsTheFlippedJpeg_AndIsSaved()
    {
        var data = ColorRows.View(_ml);
        var step = Step("Flipped", ColorOrder.Bgr);
        var expected = Corrupted.Vectors<float>(Step("Features", ColorOrder.Rgb).Transform(data), "Corrupted")
            .ConvertAll(ColorRows.Flip);
        Assert.Equal(expected, Corrupted.Vectors<float>(step.Transform(data), "Corrupted"));
        Assert.NotEqual(expected,
            Corrupted.Vectors<float>(Step("Flipped", ColorOrder.Rgb).Transform(data), "Corrupted"));
        Assert.Equal(
            Corrupted.Vectors<byte>(Step("Bytes", ColorOrder.Rgb).Transform(data), "Corrupted").ConvertAll(ColorRows.Flip),
            Corrupted.Vectors<byte>(Step("FlippedBytes", ColorOrder.Bgr).Transform(data), "Corrupted"));

        var loaded = EstimatorContract.AssertComesBack(_ml, step, data, ["Corrupted"]);
        Assert.Equal(ColorOrder.Bgr, Assert.IsType<Jpeg>(loaded.Corruption).ColorOrder);

        CorruptTransformer Step(string images, ColorOrder order) => _ml.Transforms.Corrupt(
            "Corrupted", new Jpeg { ColorOrder = order }, severity: 4, inputColumnName: images).Fit(data);
    }
}
