using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

/// <summary>Images of blue, green and red planes are drawn as the same images of red, green and blue ones.</summary>
public sealed class ColorOrderTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;

    public ColorOrderTests() => _data = ColorRows.View(_ml);

    public void Dispose() => _folder.Dispose();

    private sealed class Picture
    {
        [ImageType(1, 2)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Planes
    {
        public float[] Features { get; set; } = [];
    }

    [Fact]
    public void ExtractPixels_GivesRedFirst_AndBlueFirstWithAbgr()
    {
        byte[] rgba = [10, 20, 30, 255, 40, 50, 60, 255];
        Assert.Equal([10, 40, 20, 50, 30, 60], Extract(_ml.Transforms.ExtractPixels("Features", "Image")));
        var bgr = Extract(_ml.Transforms.ExtractPixels(
            "Features", "Image", orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ABGR));
        Assert.Equal([30, 60, 20, 50, 10, 40], bgr);
        Assert.Equal(rgba, RgbImage.FromValues(bgr, new(3, 1, 2), new(0, 255), ColorOrder.Bgr).Rgba);

        float[] Extract(ImagePixelExtractingEstimator estimator)
        {
            // ML.NET disposes the image that it read.
            using var image = MLImageConversion.ToImage(new RgbImage(2, 1, rgba));
            var data = _ml.Data.LoadFromEnumerable([new Picture { Image = image }]);
            return _ml.Data.CreateEnumerable<Planes>(
                estimator.Fit(data).Transform(data), reuseRowObject: false).Single().Features;
        }
    }

    [Fact]
    public void SaveImageGrid_Bgr_GivesTheVerySheet()
    {
        var expected = Sheet(["Features", "Bytes", "Attribution"], ColorOrder.Rgb);
        Assert.Equal(expected, Sheet(["Flipped", "FlippedBytes", "Attribution"], ColorOrder.Bgr));
        Assert.NotEqual(expected, Sheet(["Flipped", "FlippedBytes", "Attribution"], ColorOrder.Rgb));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sheet(["Features"], (ColorOrder)2));
    }

    [Fact]
    public void SaveImageGrid_ImagesKnowTheirOwnOrder()
    {
        var drawn = new ImageView(ImageViewColumn.Images(
            "Image", [.. ColorRows.Make().Select(row => RgbImage.FromValues(row.Features, ColorRows.Shape, new(0, 1)))]));
        Assert.Equal(Sheet(drawn, ["Image"], ColorOrder.Rgb), Sheet(drawn, ["Image"], ColorOrder.Bgr));
    }

    [Fact]
    public void RenderHeatmap_Bgr_GivesTheVeryMaps_AndIsSaved()
    {
        var expected = Maps("Features", ColorOrder.Rgb);
        Assert.Equal(expected, Maps("Flipped", ColorOrder.Bgr));
        Assert.Equal(expected, Maps("FlippedBytes", ColorOrder.Bgr));
        Assert.NotEqual(expected, Maps("Flipped", ColorOrder.Rgb));

        var path = _folder.PathOf("step.zip");
        _ml.Model.Save(Step("Flipped", ColorOrder.Bgr), _data.Schema, path);
        Assert.Equal(expected, AttributionMaps.Pictures(_ml.Model.Load(path, out _).Transform(_data), "Heatmap"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RenderHeatmapEstimator.Options { ColorOrder = (ColorOrder)2 });
    }

    private RenderHeatmapTransformer Step(string image, ColorOrder order) => _ml.Transforms.RenderHeatmap(
        new RenderHeatmapEstimator.Options { ImageColumnName = image, ColorOrder = order }).Fit(_data);

    private List<RgbImage> Maps(string image, ColorOrder order) =>
        AttributionMaps.Pictures(Step(image, order).Transform(_data), "Heatmap");

    private RgbImage Sheet(string[] columns, ColorOrder order) => Sheet(_data, columns, order);

    private RgbImage Sheet(IDataView data, string[] columns, ColorOrder order)
    {
        var path = _folder.PathOf("sheet.png");
        _ml.Data.SaveImageGrid(data, columns, path, colorOrder: order);
        using var image = MLImage.CreateFromFile(path);
        return MLImageConversion.Of(image);
    }
}
