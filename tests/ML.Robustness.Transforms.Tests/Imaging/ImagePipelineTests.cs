using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

/// <summary>From image files to images of attributions, in one pipeline.</summary>
public sealed class ImagePipelineTests : IDisposable
{
    private const int Side = 8;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class ImageFile
    {
        public string Path { get; set; } = "";
    }

    private sealed class Pixels
    {
        [VectorType(3, Side, Side)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Explained
    {
        [VectorType(3, Side, Side)]
        public float[] Attribution { get; set; } = [];
    }

    private sealed class Drawn
    {
        [ImageType(Side, Side)]
        public MLImage Heatmap { get; set; } = null!;
    }

    [Fact]
    public void ImageFiles_BecomeImagesOfAttributions()
    {
        var files = Enumerable.Range(0, 3).Select(number => new ImageFile { Path = $"{number}.png" }).ToArray();
        var pictures = files.Select((_, number) => Blob(number)).ToArray();
        foreach (var (file, picture) in files.Zip(pictures))
            picture.Enlarge(2).SavePng(_folder.PathOf(file.Path));
        var data = _ml.Data.LoadFromEnumerable(files);
        var model = _ml.Transforms.LoadImages("Image", _folder.PathOf(""), "Path")
            .Append(_ml.Transforms.ResizeImages("Image", Side, Side))
            .Append(_ml.Transforms.ExtractPixels("Features", "Image", scaleImage: 1 / 255f))
            .Append(
                _ml.Transforms.CustomMapping<Pixels, Explained>(
                    (from, to) => to.Attribution = Array.ConvertAll(from.Features, value => value - 0.3f), null))
            .Append(_ml.Transforms.RenderHeatmap("Signed", "Attribution"))
            .Append(_ml.Transforms.RenderHeatmap("Heatmap", "Attribution", "Image", ColorScale.Sequential))
            .Fit(data);
        var explained = model.Transform(data);

        // Averaging colours while resizing may shift a value; what is shown is the pixels' own map either way.
        var expected = explained.GetColumn<float[]>("Attribution")
            .Zip(explained.GetColumn<float[]>("Features"), (attribution, features) =>
            new Heatmap { ColorScale = ColorScale.Sequential }.Render(attribution, new InputShape(3, Side, Side),
                RgbImage.FromValues(features, new InputShape(3, Side, Side), ValueRange.Unit))).ToList();
        Assert.Equal(expected, AttributionMaps.Pictures(explained, "Heatmap"));

        var path = _folder.PathOf("sheet.png");
        _ml.Data.SaveImageGrid(explained, ["Image", "Features", "Signed", "Heatmap"], path, enlarge: 4);
        using var sheet = MLImage.CreateFromFile(path);
        Assert.Equal((2 + 4 * (4 * Side + 2), 2 + 3 * (4 * Side + 2)), (sheet.Width, sheet.Height));

        using var engine = _ml.Model.CreatePredictionEngine<ImageFile, Drawn>(model);
        using var heatmap = engine.Predict(files[1]).Heatmap;
        Assert.Equal(expected[1], MLImageConversion.Of(heatmap));
    }

    private static RgbImage Blob(int number)
    {
        var values = new float[3 * Side * Side];
        for (var i = 0; i < values.Length; i++)
            values[i] = i / (Side * Side) == number && i % Side is > 1 and < 6 ? 1 : 0.1f;
        return RgbImage.FromValues(values, new InputShape(3, Side, Side), ValueRange.Unit);
    }
}
