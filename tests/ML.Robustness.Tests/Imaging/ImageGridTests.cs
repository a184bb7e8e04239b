using ML.Robustness.Imaging;

namespace ML.Robustness.Tests.Imaging;

public sealed class ImageGridTests
{
    private static readonly RgbImage Black = new(1, 1, [0, 0, 0, 255]), White = new(1, 1, [255, 255, 255, 255]),
    Red = new(1, 1, [255, 0, 0, 255]);

    [Fact]
    public void Draw_LaysPicturesLineByLine_WithAGapAround()
    {
        var sheet = new ImageGrid { Gap = 1 }.Draw([Black, White, Red], columns: 2);
        Assert.Equal((5, 5), (sheet.Width, sheet.Height));
        Assert.Equal("ggggg gkgwg ggggg grggg ggggg", Letters(sheet));
    }

    [Fact]
    public void Draw_EnlargesPictures_NotTheGap()
    {
        var sheet = new ImageGrid { Gap = 1, Enlarge = 2 }.Draw([Black, White], columns: 2);
        Assert.Equal("ggggggg gkkgwwg gkkgwwg ggggggg", Letters(sheet));
    }

    [Fact]
    public void Draw_WithoutGap_IsTheMosaic() =>
        Assert.Equal("kw rk", Letters(new ImageGrid { Gap = 0 }.Draw([Black, White, Red, Black], columns: 2)));

    [Fact]
    public void Draw_MoreColumnsThanPictures_LeavesTheRestGrey() =>
        Assert.Equal("kgg", Letters(new ImageGrid { Gap = 0 }.Draw([Black], columns: 3)));

    [Fact]
    public void BadInput_SaysSo()
    {
        var grid = new ImageGrid();
        Assert.Contains("at least one image", Assert.Throws<ArgumentException>(() => grid.Draw([], 1)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid.Draw([Black], 0));
        Assert.Contains("got 1×1 pixels and 2×1 pixels",
            Assert.Throws<ArgumentException>(() => grid.Draw([Black, new RgbImage(2, 1, new byte[8])], 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains("too large",
            Assert.Throws<ArgumentOutOfRangeException>(() => (grid with { Enlarge = 100_000 }).Draw([Black], 1)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageGrid { Gap = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageGrid { Enlarge = 0 });
    }

    private static string Letters(RgbImage sheet) =>
        string.Join(' ', Enumerable.Range(0, sheet.Height).Select(y => string.Concat(Enumerable.Range(0, sheet.Width).Select(x =>
    {
        var pixel = sheet.Rgba.AsSpan(4 * (y * sheet.Width + x), 4);
        Assert.Equal(255, pixel[3]);
        return (pixel[0], pixel[1], pixel[2]) switch
        {
            (128, 128, 128) => 'g',
            (0, 0, 0) => 'k',
            (255, 255, 255) => 'w',
            (255, 0, 0) => 'r',
            _ => '?',
        };
    }))));
}
