using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

public sealed class RenderHeatmapErrorTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class Odd
    {
        public float Number { get; set; }

        public float[] Variable { get; set; } = new float[6];

        [VectorType(2, 3, 3)]
        public float[] Interleaved { get; set; } = new float[18];

        [VectorType(2, 3)]
        public float[] Attribution { get; set; } = new float[6];

        [VectorType(3, 4, 5)]
        public float[] Larger { get; set; } = new float[60];

        [VectorType(7)]
        public float[] Seven { get; set; } = new float[7];

        [VectorType(2, 2, 3)]
        public float[] TwoPlanes { get; set; } = new float[12];

        [ImageType(5, 4)]
        public MLImage Image { get; set; } = MLImageConversion.ToImage(new RgbImage(4, 5, new byte[80]));

        public string Path { get; set; } = "";
    }

    [Theory]
    [InlineData("Missing", null, "Could not find attribution column 'Missing'. The columns are 'Number'")]
    [InlineData("Number", null,
        "attribution column 'Number': expected Vector<Single> of (height, width) or (channels, height, width), got Single")]
    [InlineData("Variable", null, "attribution column 'Variable': expected Vector<Single> of (height, width)")]
    [InlineData("Attribution", "Missing", "Could not find image column 'Missing'")]
    [InlineData("Attribution", "Number", "image column 'Number': expected Image, or Vector<Single>")]
    public void WrongColumns_SayTheSame_BeforeDataAndInFit(string attribution, string? image, string expected)
    {
        var data = _ml.Data.LoadFromEnumerable([new Odd()]);
        var estimator = _ml.Transforms.RenderHeatmap("Heatmap", attribution, image);
        Assert.Contains(expected, Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message,
            StringComparison.Ordinal);
        Assert.Contains(expected,
            Assert.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(ColumnShapes.Of(data.Schema))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Interleaved", null, "channels look interleaved")]
    [InlineData("Seven", null, "Set Options.InputShape")]
    [InlineData("Attribution", "Larger",
        "Image column 'Larger' has 5×4 pixels, but attribution column 'Attribution' has 3×2: they must be of one size")]
    [InlineData("Attribution", "Image",
        "Image column 'Image' has 4×5 pixels, but attribution column 'Attribution' has 3×2: they must be of one size")]
    [InlineData("Attribution", "Seven", "image column 'Seven'")]
    [InlineData("Attribution", "TwoPlanes", "with 1 or 3 channels, got Vector<Single, 2, 2, 3>")]
    public void WrongSizes_AreFoundInFit(string attribution, string? image, string expected)
    {
        var data = _ml.Data.LoadFromEnumerable([new Odd()]);
        Assert.Contains(expected,
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.Transforms.RenderHeatmap("Heatmap", attribution, image).Fit(data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShapeThatIsNotTheColumns_SaysSo()
    {
        var data = _ml.Data.LoadFromEnumerable([new Odd()]);
        var options = new RenderHeatmapEstimator.Options
        {
            AttributionColumnName = "Seven",
            InputShape = new InputShape(1, 2, 3)
        };
        Assert.Contains("expected Vector<Single, 6> (InputShape 1×2×3), got Vector<Single, 7>",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.RenderHeatmap(options).Fit(data)).Message,
            StringComparison.Ordinal);
        options = new RenderHeatmapEstimator.Options { AttributionColumnName = "Attribution", Enlarge = 1_000_000 };
        Assert.Contains("Set Options.Enlarge lower",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.RenderHeatmap(options).Fit(data)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ImagesWhoseSizeOnlyTheRowsTell_AreCheckedRowByRow()
    {
        using var folder = new TemporaryFolder();
        new RgbImage(3, 2, new byte[24]).SavePng(folder.PathOf("right.png"));
        new RgbImage(4, 5, new byte[80]).SavePng(folder.PathOf("wrong.png"));
        var data = _ml.Data.LoadFromEnumerable([new Odd { Path = "right.png" }, new Odd { Path = "wrong.png" }, new Odd()]);
        var view = _ml.Transforms.LoadImages("AnySize", folder.PathOf(""), "Path")
            .Append(_ml.Transforms.RenderHeatmap("Heatmap", "Attribution", "AnySize")).Fit(data).Transform(data);
        using var cursor = view.GetRowCursor([view.Schema["Heatmap"]]);
        var getter = cursor.GetGetter<MLImage>(view.Schema["Heatmap"]);
        MLImage image = null!;
        Assert.True(cursor.MoveNext());
        getter(ref image);
        Assert.True(cursor.MoveNext());
        for (var time = 0; time < 2; time++)
            Assert.Contains("Row 1: Image column 'AnySize' has 4×5 pixels, but attribution column 'Attribution' has 3×2",
                Assert.Throws<InvalidOperationException>(() => getter(ref image)).Message, StringComparison.Ordinal);
        Assert.True(cursor.MoveNext());
        Assert.Contains("Row 2 of column 'AnySize' has no image",
            Assert.Throws<InvalidOperationException>(() => getter(ref image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "an infinite value")]
    public void AttributionsThatAreNotFinite_NameTheRow(float value, string expected)
    {
        var data = _ml.Data.LoadFromEnumerable([new Odd(), new Odd { Attribution = [0, 0, value, 0, 0, 0] }]);
        var view = _ml.Transforms.RenderHeatmap("Heatmap", "Attribution").Fit(data).Transform(data);
        Assert.Contains($"Row 1 of column 'Attribution' holds {expected} (slot 2)",
            Assert.Throws<InvalidOperationException>(() => AttributionMaps.Pictures(view, "Heatmap")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OutOfBounds_AreRefused()
    {
        var options = new RenderHeatmapEstimator.Options();
        Assert.Throws<ArgumentException>(() => options.OutputColumnName = "");
        Assert.Throws<ArgumentException>(() => options.AttributionColumnName = "");
        Assert.Throws<ArgumentNullException>(() => options.Heatmap = null!);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Enlarge = 0);
        Assert.Contains("got a vector of 7",
            Assert.Throws<ArgumentException>(() => options.InputShape = InputShape.Vector(7)).Message, StringComparison.Ordinal);
        Assert.Contains("two finite ends", Assert.Throws<ArgumentException>(() => options.Range = ValueRange.Unbounded).Message,
            StringComparison.Ordinal);
        Assert.Contains("two finite ends", Assert.Throws<ArgumentException>(() => options.Range = default).Message,
            StringComparison.Ordinal);
    }
}
