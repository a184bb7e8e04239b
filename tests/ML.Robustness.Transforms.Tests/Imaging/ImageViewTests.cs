using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

public sealed class ImageViewTests
{
    private static readonly RgbImage[] Shown = [.. AttributionMaps.Make(4).Select(row => AttributionMaps.Of(row.Features))];

    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageView _view = new(
        ImageViewColumn.Images("Image", Shown), ImageViewColumn.Texts("Name", ["a", "b", "c", "d"]),
        ImageViewColumn.Numbers("Score", [4, 3, 2, 1]),
        ImageViewColumn.Integers("Unit", [7, 8, 9, 10]),
        ImageViewColumn.Vectors("Values", [.. AttributionMaps.Make(4).Select(row => row.Features)],
            new(3, AttributionMaps.Height, AttributionMaps.Width)));

    private sealed class Found
    {
        [ImageType(AttributionMaps.Height, AttributionMaps.Width)]
        public MLImage Image { get; set; } = null!;

        public string Name { get; set; } = "";

        public float Score { get; set; }

        public int Unit { get; set; }

        public float[] Values { get; set; } = [];
    }

    [Fact]
    public void Schema_NamesTypesAndSizes()
    {
        Assert.Equal(["Image", "Name", "Score", "Unit", "Values"], _view.Schema.Select(column => column.Name));
        Assert.Equal(new ImageDataViewType(AttributionMaps.Height, AttributionMaps.Width), _view.Schema["Image"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3, AttributionMaps.Height, AttributionMaps.Width),
            _view.Schema["Values"].Type);
        Assert.Equal(4, _view.GetRowCount());
    }

    [Fact]
    public void CreateEnumerable_GivesEveryRow_AndImagesThatStay()
    {
        var rows = _ml.Data.CreateEnumerable<Found>(_view, reuseRowObject: false).ToList();
        Assert.Equal([("a", 4f, 7), ("b", 3f, 8), ("c", 2f, 9), ("d", 1f, 10)],
            rows.Select(row => (row.Name, row.Score, row.Unit)));
        Assert.Equal(Shown, rows.Select(row => MLImageConversion.Of(row.Image)));
        Assert.Equal(AttributionMaps.Make(4).Select(row => row.Features), rows.Select(row => row.Values));
        rows.ForEach(row => row.Image.Dispose());
    }

    [Fact]
    public void Getters_GiveAnImageOfTheirOwnEachTime()
    {
        using var cursor = _view.GetRowCursor(_view.Schema);
        Assert.True(cursor.MoveNext());
        var getter = cursor.GetGetter<MLImage>(_view.Schema["Image"]);
        MLImage one = null!, other = null!;
        getter(ref one);
        getter(ref other);
        Assert.NotSame(one, other);
        one.Dispose();
        Assert.Equal(Shown[0], MLImageConversion.Of(other));
        other.Dispose();
    }

    [Fact]
    public void Cursors_AreIndependent()
    {
        using var first = _view.GetRowCursor(_view.Schema);
        first.MoveNext();
        first.MoveNext();
        Assert.Equal(Shown, AttributionMaps.Pictures(_view, "Image"));
        MLImage image = null!;
        first.GetGetter<MLImage>(_view.Schema["Image"])(ref image);
        Assert.Equal(Shown[1], MLImageConversion.Of(image));
        image.Dispose();
    }

    [Fact]
    public void FilterTakeAndShuffle_Work()
    {
        Assert.Equal(Shown[..2], AttributionMaps.Pictures(_ml.Data.TakeRows(_view, 2), "Image"));
        Assert.Equal(Shown[1..3],
            AttributionMaps.Pictures(_ml.Data.FilterRowsByColumn(_view, "Score", lowerBound: 2, upperBound: 4), "Image"));
        Assert.Equal(["a", "b", "c", "d"], _ml.Data.ShuffleRows(_view, seed: 1).GetColumn<string>("Name").Order());
        using var cursor = _view.GetRowCursor([_view.Schema["Image"]], new Random(3));
        var id = cursor.GetIdGetter();
        var getter = cursor.GetGetter<MLImage>(_view.Schema["Image"]);
        var order = new List<int>();
        while (cursor.MoveNext())
        {
            DataViewRowId found = default;
            MLImage image = null!;
            id(ref found);
            getter(ref image);
            order.Add((int)found.Low);
            Assert.Equal(Shown[found.Low], MLImageConversion.Of(image));
            image.Dispose();
        }

        Assert.NotEqual([0, 1, 2, 3], order);
        Assert.Equal([0, 1, 2, 3], order.Order());
    }

    [Fact]
    public void ImageSteps_AndContactSheets_TakeItsImages()
    {
        var steps = _ml.Transforms.ResizeImages("Large", AttributionMaps.Width * 2, AttributionMaps.Height * 2, "Image")
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Image"));
        var pixels = steps.Fit(_view).Transform(_view).GetColumn<float[]>("Pixels").ToList();
        Assert.Equal(Shown.Select(picture => (float)picture.Rgba[4]), pixels.Select(row => row[1]));

        using var folder = new TemporaryFolder();
        var path = folder.PathOf("sheet.png");
        _ml.Data.SaveImageGrid(_view, ["Image", "Values"], path);
        using var sheet = MLImage.CreateFromFile(path);
        Assert.Equal(new ImageGrid().Draw([.. Shown.SelectMany(picture => new[] { picture, picture })], 2),
            MLImageConversion.Of(sheet));
    }

    [Fact]
    public void Misuse_SaysSo()
    {
        using var cursor = _view.GetRowCursor([_view.Schema["Name"]]);
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<MLImage>(_view.Schema["Image"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(_view.Schema["Name"]));
        var text = default(ReadOnlyMemory<char>);
        var getter = cursor.GetGetter<ReadOnlyMemory<char>>(_view.Schema["Name"]);
        Assert.Contains("stands on no row", Assert.Throws<InvalidOperationException>(() => getter(ref text)).Message,
            StringComparison.Ordinal);
        while (cursor.MoveNext())
            getter(ref text);
        Assert.Equal("d", text.ToString());
        Assert.False(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => getter(ref text));
        Assert.Contains("'B' has 2 values, but 'A' has 1",
            Assert.Throws<ArgumentException>(
                () => new ImageView(ImageViewColumn.Numbers("A", [1]), ImageViewColumn.Numbers("B", [1, 2]))).Message,
                StringComparison.Ordinal);
        Assert.Contains("images of one size",
            Assert.Throws<ArgumentException>(() => ImageViewColumn.Images("A", [Shown[0], Shown[0].Enlarge(2)])).Message,
            StringComparison.Ordinal);
        Assert.Contains("vectors of 18 values",
            Assert.Throws<ArgumentException>(
                () => ImageViewColumn.Vectors("A", [new float[3]],
                    new(3, AttributionMaps.Height, AttributionMaps.Width))).Message, StringComparison.Ordinal);
    }
}
