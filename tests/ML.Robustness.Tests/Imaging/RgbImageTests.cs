using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace ML.Robustness.Tests.Imaging;

public sealed class RgbImageTests
{
    [Fact]
    public void FromValues_OneChannel_IsGrey()
    {
        var picture = RgbImage.FromValues([0, 0.5f, 1, 0.2f, -3, 7], new InputShape(1, 2, 3), ValueRange.Unit);
        Assert.Equal((3, 2), (picture.Width, picture.Height));
        byte[] expected = [0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255, 51, 51, 51, 255, 0, 0, 0, 255, 255, 255, 255,
            255];
        Assert.Equal(expected, picture.Rgba);
    }

    [Fact]
    public void FromValues_ThreePlanes_AreRedGreenBlue()
    {
        var picture = RgbImage.FromValues([-1, 1, 0, 1, 0.6f, -1], new InputShape(3, 1, 2), new ValueRange(-1, 1));
        Assert.Equal([0, 128, 204, 255, 255, 255, 0, 255], picture.Rgba);
    }

    [Fact]
    public void FromValues_BlueGreenRed_GivesTheVeryBytes()
    {
        var shape = new InputShape(3, 1, 2);
        float[] rgb = [0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f], bgr = [0.5f, 0.6f, 0.3f, 0.4f, 0.1f, 0.2f];
        var image = RgbImage.FromValues(bgr, shape, ValueRange.Unit, ColorOrder.Bgr);
        Assert.Equal([26, 77, 128, 255, 51, 102, 153, 255], image.Rgba);
        Assert.Equal(RgbImage.FromValues(rgb, shape, ValueRange.Unit), image);
        Assert.NotEqual(RgbImage.FromValues(bgr, shape, ValueRange.Unit), image);

        var grey = new InputShape(1, 2, 3);
        Assert.Equal(RgbImage.FromValues(rgb, grey, ValueRange.Unit),
            RgbImage.FromValues(rgb, grey, ValueRange.Unit, ColorOrder.Bgr));
        Assert.Contains("colorOrder must be one of Rgb, Bgr, but is 2", Assert.Throws<ArgumentOutOfRangeException>(
            () => RgbImage.FromValues(rgb, shape, ValueRange.Unit, (ColorOrder)2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromValues_BytesScaledToUnit_GiveThemselves()
    {
        var values = Enumerable.Range(0, 256).Select(value => value / 255f).ToArray();
        var picture = RgbImage.FromValues(values, new InputShape(1, 16, 16), ValueRange.Unit);
        Assert.Equal(Enumerable.Range(0, 256).Select(value => (byte)value), picture.Rgba.Where((_, i) => i % 4 == 1));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void FromValues_OtherChannels_SaysSo(int channels) =>
        Assert.Contains($"1 channel (grey) or 3 (colours), got the shape {channels}×1×2",
            Assert.Throws<ArgumentException>(
                () => RgbImage.FromValues(new float[2 * channels], new InputShape(channels, 1, 2), ValueRange.Unit)).Message,
                StringComparison.Ordinal);

    [Fact]
    public void FromValues_BadValues_SaySo()
    {
        var shape = new InputShape(1, 1, 2);
        Assert.Contains("has 2 values, got 3",
            Assert.Throws<ArgumentException>(() => RgbImage.FromValues(new float[3], shape, ValueRange.Unit)).Message,
            StringComparison.Ordinal);
        Assert.Contains("value 1 of 2 is NaN",
            Assert.Throws<ArgumentException>(() => RgbImage.FromValues([0, float.NaN], shape, ValueRange.Unit)).Message,
            StringComparison.Ordinal);
        Assert.Contains("value 0 of 2 is infinite",
            Assert.Throws<ArgumentException>(
                () => RgbImage.FromValues([float.NegativeInfinity, 0], shape, ValueRange.Unit)).Message,
                StringComparison.Ordinal);
        Assert.Contains("two finite ends",
            Assert.Throws<ArgumentException>(() => RgbImage.FromValues(new float[2], shape, ValueRange.Unbounded)).Message,
            StringComparison.Ordinal);
        Assert.Contains("two finite ends",
            Assert.Throws<ArgumentException>(() => RgbImage.FromValues(new float[2], shape, default)).Message,
            StringComparison.Ordinal);
        Assert.Contains("got the shape 2",
            Assert.Throws<ArgumentException>(
                () => RgbImage.FromValues(new float[2], InputShape.Vector(2), ValueRange.Unit)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_WrongSizes_SayWhatIsExpected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RgbImage(0, 1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RgbImage(1, 0, []));
        Assert.Contains("2×3 pixels has 24 bytes, four a pixel, got 23",
            Assert.Throws<ArgumentException>(() => new RgbImage(2, 3, new byte[23])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Enlarge_RepeatsPixels()
    {
        var picture = RgbImage.FromValues([0, 1, 0.2f, 0.4f], new InputShape(1, 2, 2), ValueRange.Unit);
        float[] twice = [0, 0, 1, 1, 0, 0, 1, 1, 0.2f, 0.2f, 0.4f, 0.4f, 0.2f, 0.2f, 0.4f, 0.4f];
        Assert.Equal(RgbImage.FromValues(twice, new InputShape(1, 4, 4), ValueRange.Unit), picture.Enlarge(2));
        Assert.Same(picture, picture.Enlarge(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => picture.Enlarge(0));
        Assert.Contains("Enlarge it less", Assert.Throws<ArgumentOutOfRangeException>(() => picture.Enlarge(50_000)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Equality_IsThatOfPixels()
    {
        var one = new RgbImage(1, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal(one, new RgbImage(1, 2, [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal(one.GetHashCode(), new RgbImage(1, 2, [1, 2, 3, 4, 5, 6, 7, 8]).GetHashCode());
        Assert.NotEqual(one, new RgbImage(2, 1, [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.NotEqual(one, new RgbImage(1, 2, [1, 2, 3, 4, 5, 6, 7, 9]));
        Assert.Equal("1×2 pixels", one.ToString());
    }

    [Fact]
    public void ToPng_HasTheChunksOfTheFormat()
    {
        var png = new RgbImage(1, 1, [10, 20, 30, 40]).ToPng();
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        Assert.Equal([0, 0, 0, 13, .. "IHDR"u8.ToArray(), 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89],
            png[8..33]);
        Assert.Equal([0, 0, 0, 0, .. "IEND"u8.ToArray(), 0xAE, 0x42, 0x60, 0x82], png[^12..]);
    }

    [Fact]
    public void SavePng_RefusesOtherEndingsAndMissingFolders()
    {
        var picture = new RgbImage(1, 1, new byte[4]);
        Assert.Contains("End the name in .png", Assert.Throws<ArgumentException>(() => picture.SavePng("sheet.jpg")).Message,
            StringComparison.Ordinal);
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Assert.Contains("does not exist",
            Assert.Throws<IOException>(() => picture.SavePng(Path.Combine(folder, "sheet.png"))).Message,
            StringComparison.Ordinal);
    }
}
