using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

public sealed class RenderHeatmapTests : IDisposable
{
    private static readonly InputShape Shape = new(1, AttributionMaps.Height, AttributionMaps.Width);

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;

    public RenderHeatmapTests() => _data = AttributionMaps.View(_ml);

    public void Dispose() => _folder.Dispose();

    private sealed class Drawn
    {
        [ImageType(AttributionMaps.Height, AttributionMaps.Width)]
        public MLImage Heatmap { get; set; } = null!;
    }

    [Fact]
    public void Pictures_AreTheEngines()
    {
        var view = _ml.Transforms.RenderHeatmap("Heatmap", "Attribution").Fit(_data).Transform(_data);
        Assert.Equal(AttributionMaps.Make().Select(row => new Heatmap().Render(row.Attribution, Shape)),
            AttributionMaps.Pictures(view, "Heatmap"));

        var colored = _ml.Transforms.RenderHeatmap("Heatmap", "Features", colorScale: ColorScale.Sequential).Fit(_data)
            .Transform(_data);
        Assert.Equal(
            AttributionMaps.Make()
                .Select(
                    row => new Heatmap { ColorScale = ColorScale.Sequential }.Render(row.Features,
                        new(3, AttributionMaps.Height, AttributionMaps.Width))), AttributionMaps.Pictures(colored, "Heatmap"));
    }

    [Fact]
    public void Image_MayBeImagesFloatsOrBytes()
    {
        var expected = AttributionMaps.Make()
            .Select(row => new Heatmap().Render(row.Attribution, Shape, AttributionMaps.Of(row.Features))).ToList();
        Assert.Equal(expected, Over("Features"));
        Assert.Equal(expected, Over("Image"));
        var grey = AttributionMaps.Make()
            .Select(
                row => new Heatmap().Render(row.Attribution, Shape,
                    RgbImage.FromValues(Array.ConvertAll(row.Bytes, value => value / 255f), Shape, ValueRange.Unit)));
        Assert.Equal(grey, Over("Bytes"));
    }

    [Fact]
    public void Options_AllCount()
    {
        var options = new RenderHeatmapEstimator.Options
        {
            OutputColumnName = "Seen",
            AttributionColumnName = "Flat",
            ImageColumnName = "Flat",
            InputShape = Shape,
            Enlarge = 3,
            Range = new ValueRange(-1, 1),
            Heatmap = new Heatmap { ColorScale = ColorScale.Sequential, ClipPercentile = 60, Opacity = 0.4 },
        };
        var estimator = _ml.Transforms.RenderHeatmap(options);
        options.OutputColumnName = "Other";
        var view = estimator.Fit(_data).Transform(_data);
        Assert.Equal(new ImageDataViewType(3 * AttributionMaps.Height, 3 * AttributionMaps.Width), view.Schema["Seen"].Type);
        var expected = AttributionMaps.Make()
            .Select(
                row => options.Heatmap.Render(row.Flat, Shape, RgbImage.FromValues(row.Flat, Shape, new ValueRange(-1, 1)))
                .Enlarge(3));
        Assert.Equal(expected, AttributionMaps.Pictures(view, "Seen"));
    }

    [Fact]
    public void PredictedSchema_EqualsTheRealOne_ButForASizeNotYetKnown()
    {
        var shape = ColumnShapes.Of(_data.Schema);
        var told = _ml.Transforms.RenderHeatmap(
            new RenderHeatmapEstimator.Options { AttributionColumnName = "Flat", InputShape = Shape, Enlarge = 2 });
        var found = ColumnShapes.Find(told.GetOutputSchema(shape), "Heatmap")!.Value;
        var real = ColumnShapes.Find(ColumnShapes.Of(told.Fit(_data).GetOutputSchema(_data.Schema)), "Heatmap")!.Value;
        Assert.Equal((real.Kind, real.ItemType, real.IsKey), (found.Kind, found.ItemType, found.IsKey));

        var untold = ColumnShapes.Find(_ml.Transforms.RenderHeatmap("Heatmap", "Attribution").GetOutputSchema(shape),
            "Heatmap")!.Value;
        Assert.Equal((real.Kind, new ImageDataViewType(), false), (untold.Kind, untold.ItemType, untold.IsKey));
        var step = told.Fit(_data);
        Assert.Equal(step.GetOutputSchema(_data.Schema).Select(column => $"{column}"),
            step.Transform(_data).Schema.Select(column => $"{column}"));
        Assert.True(step.IsRowToRowMapper);
    }

    [Fact]
    public void Transform_IsLazy_WithOneCursor_AndReadsOnlyWhatItNeeds()
    {
        var watched = new RecordingDataView(_data);
        var view = _ml.Transforms.RenderHeatmap("Heatmap", "Attribution", "Features").Fit(watched).Transform(watched);
        Assert.Empty(watched.Opened);
        using (var cursor = view.GetRowCursor([view.Schema["Number"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal([["Number"]], watched.Opened);
        using (var cursor = view.GetRowCursor([view.Schema["Heatmap"], view.Schema["Number"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal(["Attribution", "Features", "Number"], watched.Opened[1].Order(StringComparer.Ordinal));
        Assert.Equal((2, 2, 2), (watched.Opened.Count, watched.Closed, watched.RowsRead));
    }

    [Fact]
    public void Rows_ThatAreSkipped_AreNotDrawn()
    {
        var rows = AttributionMaps.Make();
        rows[0].Attribution[1] = float.NaN;
        var data = _ml.Data.LoadFromEnumerable(rows);
        var view = _ml.Data.SkipRows(_ml.Transforms.RenderHeatmap("Heatmap", "Attribution").Fit(data).Transform(data), 1);
        Assert.Equal(rows[1..].Select(row => new Heatmap().Render(row.Attribution, Shape)),
            AttributionMaps.Pictures(view, "Heatmap"));
    }

    [Fact]
    public void Getters_GiveAnImageOfTheirOwnEachTime_AndCursorsAreIndependent()
    {
        var view = _ml.Transforms.RenderHeatmap("Heatmap", "Attribution").Fit(_data).Transform(_data);
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.True(cursor.MoveNext() && cursor.MoveNext());
        var all = AttributionMaps.Pictures(view, "Heatmap");
        var getter = cursor.GetGetter<MLImage>(view.Schema["Heatmap"]);
        MLImage one = null!, other = null!;
        getter(ref one);
        getter(ref other);
        Assert.NotSame(one, other);
        one.Dispose();
        Assert.Equal(all[1], MLImageConversion.Of(other));
        other.Dispose();

        var drawn = _ml.Data.CreateEnumerable<Drawn>(view, reuseRowObject: false).ToList();
        Assert.Equal(all, drawn.Select(row => MLImageConversion.Of(row.Heatmap)));
    }

    [Fact]
    public void Order_DoesNotChangePictures()
    {
        var rows = AttributionMaps.Make(9);
        var data = new ImageView(ImageViewColumn.Vectors("Attribution", [.. rows.Select(row => row.Attribution)], Shape),
            ImageViewColumn.Images("Image", [.. rows.Select(row => AttributionMaps.Of(row.Features))]));
        var view = _ml.Transforms.RenderHeatmap("Heatmap", "Attribution", "Image").Fit(data).Transform(data);
        Assert.True(view.CanShuffle);
        var inOrder = AttributionMaps.Pictures(view, "Heatmap");
        var shuffled = AttributionMaps.Pictures(view, "Heatmap", new Random(3));
        Assert.NotEqual(inOrder, shuffled);
        Assert.Equal(inOrder.Select(picture => Convert.ToHexString(picture.Rgba)).Order(),
            shuffled.Select(picture => Convert.ToHexString(picture.Rgba)).Order());
    }

    [Fact]
    public void PredictionEngine_GivesWhatTransformGives_AndLeavesTheUsersImageAlone()
    {
        var step = _ml.Transforms.RenderHeatmap("Heatmap", "Attribution", "Image").Fit(_data);
        var expected = AttributionMaps.Pictures(step.Transform(_data), "Heatmap");
        var rows = AttributionMaps.Make();
        using (var engine = _ml.Model.CreatePredictionEngine<AttributionMaps.Row, Drawn>(step))
        {
            foreach (var (row, picture) in rows.Zip(expected))
            {
                using var found = engine.Predict(row).Heatmap;
                Assert.Equal(picture, MLImageConversion.Of(found));
            }
        }

        Assert.All(rows, row => Assert.Equal(AttributionMaps.Of(row.Features), MLImageConversion.Of(row.Image!)));
    }

    [Fact]
    public void Saved_InAChain_ComesBackInAFreshProcess()
    {
        var data = TwoDimensionalClasses.View(_ml);
        var options = new RenderHeatmapEstimator.Options
        {
            AttributionColumnName = "Features",
            ImageColumnName = "Features",
            InputShape = new InputShape(1, 2, 2),
            Enlarge = 2,
            Range = new ValueRange(-0.5, 2),
            Heatmap = new Heatmap { ColorScale = ColorScale.Sequential, ClipPercentile = 80, Opacity = 0.3 },
        };
        var chain = _ml.Transforms.RenderHeatmap(options).Append(_ml.Transforms.ExtractPixels("Score", "Heatmap")).Fit(data);
        EstimatorContract.AssertComesBackInAFreshProcess(_ml, chain);
        Assert.True(FreshProcess.Describe(_ml, chain).Distinct().Count() > 10);
    }

    private List<RgbImage> Over(string image) =>
        AttributionMaps.Pictures(_ml.Transforms.RenderHeatmap("Heatmap", "Attribution", image).Fit(_data).Transform(_data),
            "Heatmap");
}
