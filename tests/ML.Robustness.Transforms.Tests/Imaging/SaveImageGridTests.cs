using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

public sealed class SaveImageGridTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;

    public SaveImageGridTests() => _data = AttributionMaps.View(_ml);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sheet_HasALineForEachRow_AndItsColumnsSideBySide()
    {
        var grey = AttributionMaps.Make()
            .Select(
                row => RgbImage.FromValues(row.Attribution, new(1, AttributionMaps.Height, AttributionMaps.Width),
                    ValueRange.Unit));
        var cells = AttributionMaps.Make().Zip(grey)
            .SelectMany(
                row => new[] { AttributionMaps.Of(row.First.Features), row.Second, AttributionMaps.Of(row.First.Features) })
                .ToList();
        Assert.Equal(new ImageGrid().Draw(cells, 3), Saved(["Image", "Attribution", "Features"]));
    }

    [Fact]
    public void Rows_AreAtMostThoseAskedFor_AndNoMoreAreRead()
    {
        var watched = new RecordingDataView(_data);
        var path = _folder.PathOf("sheet.png");
        _ml.Data.SaveImageGrid(watched, ["Features"], path, rows: 2, enlarge: 3);
        Assert.Equal((2, 1), (watched.RowsRead, watched.Closed));
        Assert.Equal([["Features"]], watched.Opened);
        using var image = MLImage.CreateFromFile(path);
        Assert.Equal(
            new ImageGrid { Enlarge = 3 }.Draw([.. AttributionMaps.Make(2).Select(row => AttributionMaps.Of(row.Features))], 1),
            MLImageConversion.Of(image));
    }

    [Fact]
    public void ValueRange_TellsBlackFromWhite()
    {
        var expected = AttributionMaps.Make()
            .Select(
                row => RgbImage.FromValues(row.Attribution, new(1, AttributionMaps.Height, AttributionMaps.Width),
                    new ValueRange(-1, 1))).ToList();
        Assert.Equal(new ImageGrid().Draw(expected, 1), Saved(["Attribution"], new ValueRange(-1, 1)));
    }

    [Fact]
    public void BadInput_SaysSo_AndLeavesTheOldFile()
    {
        var path = _folder.Write("old.png", [1, 2, 3]);
        string Message<T>(Action action) where T : Exception => Assert.Throws<T>(action).Message;
        Assert.Contains("at least one column", Message<ArgumentException>(() => _ml.Data.SaveImageGrid(_data, [], path)),
            StringComparison.Ordinal);
        Assert.Contains("Could not find image column 'Nothing'. The columns are 'Number', 'Attribution'",
            Message<ArgumentOutOfRangeException>(() => _ml.Data.SaveImageGrid(_data, ["Nothing"], path)),
            StringComparison.Ordinal);
        Assert.Contains("Schema mismatch for image column 'Number': expected Image",
            Message<ArgumentOutOfRangeException>(() => _ml.Data.SaveImageGrid(_data, ["Number"], path)),
            StringComparison.Ordinal);
        Assert.Contains("Schema mismatch for image column 'Flat'",
            Message<ArgumentOutOfRangeException>(() => _ml.Data.SaveImageGrid(_data, ["Flat"], path)), StringComparison.Ordinal);
        Assert.Contains("End the name in .png",
            Message<ArgumentException>(() => _ml.Data.SaveImageGrid(_data, ["Image"], _folder.PathOf("sheet.jpg"))),
            StringComparison.Ordinal);
        Assert.Contains("does not exist",
            Message<IOException>(
                () => _ml.Data.SaveImageGrid(_data, ["Image"], Path.Combine(_folder.PathOf("none"), "sheet.png"))),
                StringComparison.Ordinal);
        var empty = _ml.Data.LoadFromEnumerable(Array.Empty<AttributionMaps.Row>());
        Assert.Contains("no rows", Message<InvalidOperationException>(() => _ml.Data.SaveImageGrid(empty, ["Features"], path)),
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.SaveImageGrid(_data, ["Image"], path, rows: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.SaveImageGrid(_data, ["Image"], path, enlarge: 0));
        Assert.Contains("two finite ends",
            Message<ArgumentException>(() => _ml.Data.SaveImageGrid(_data, ["Features"], path, range: ValueRange.Unbounded)),
            StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void PicturesOfTwoSizes_NameTheColumns()
    {
        var view = _ml.Transforms.RenderHeatmap(new RenderHeatmapEstimator.Options { Enlarge = 2 }).Fit(_data).Transform(_data);
        Assert.Contains("row 0 of column 'Heatmap' has 6×4 pixels, and the first, of column 'Image', has 3×2 pixels",
            Assert.Throws<InvalidOperationException>(
                () => _ml.Data.SaveImageGrid(view, ["Image", "Heatmap"], _folder.PathOf("sheet.png"))).Message,
                StringComparison.Ordinal);
    }

    private RgbImage Saved(string[] columns, ValueRange? range = null)
    {
        var path = _folder.PathOf("sheet.png");
        _ml.Data.SaveImageGrid(_data, columns, path, range: range);
        using var image = MLImage.CreateFromFile(path);
        return MLImageConversion.Of(image);
    }
}
