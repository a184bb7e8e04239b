using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace ML.Robustness.Tests.Imaging;

public sealed class HeatmapTests
{
    private static readonly Heatmap Unclipped = new() { ClipPercentile = 100 };

    [Fact]
    public void Diverging_HasItsColoursAtMinusOneZeroAndOne()
    {
        var picture = Unclipped.Render([-2, 0, 2, 1, -0.5f], new InputShape(1, 1, 5));
        AssertColors(picture, (0x21, 0x66, 0xAC), (0xF7, 0xF7, 0xF7), (0xB2, 0x18, 0x2B), (0xF4, 0xA5, 0x82), (0xD1, 0xE5, 0xF0));
    }

    [Fact]
    public void Diverging_BetweenTwoColours_IsInProportion()
    {
        // 1/8 lies in the middle of F7F7F7 and FDDBC7.
        var picture = Unclipped.Render([1, 0.125f], new InputShape(1, 1, 2));
        AssertColors(picture, (0xB2, 0x18, 0x2B), (250, 233, 223));
    }

    [Fact]
    public void Sequential_ShowsAbsoluteValues()
    {
        var picture = (Unclipped with { ColorScale = ColorScale.Sequential }).Render([-4, 0, 4, 2], new InputShape(1, 2, 2));
        AssertColors(picture, (0xFD, 0xE7, 0x25), (0x44, 0x01, 0x54), (0xFD, 0xE7, 0x25), (0x21, 0x90, 0x8C));
    }

    [Fact]
    public void Sequential_GrowsEverLighter()
    {
        var values = Enumerable.Range(0, 257).Select(value => (float)value).ToArray();
        var picture = (Unclipped with { ColorScale = ColorScale.Sequential }).Render(values, new InputShape(1, 1, values.Length));
        var light = Enumerable.Range(0, values.Length).Select(pixel => Luminance(picture, pixel)).ToArray();
        for (var i = 4; i < light.Length; i += 4)
            Assert.True(light[i] > light[i - 4], $"{light[i]} at {i} after {light[i - 4]}");
    }

    [Fact]
    public void Diverging_GrowsDarkerFromZeroToBothEnds()
    {
        var values = Enumerable.Range(-128, 257).Select(value => (float)value).ToArray();
        var picture = Unclipped.Render(values, new InputShape(1, 1, values.Length));
        for (var i = 4; i <= 128; i += 4)
        {
            Assert.True(Luminance(picture, 128 + i) < Luminance(picture, 124 + i));
            Assert.True(Luminance(picture, 128 - i) < Luminance(picture, 132 - i));
        }
    }

    [Theory]
    [InlineData(50, 3)]
    [InlineData(100, 9)]
    [InlineData(75, 4)]
    [InlineData(60, 3.4)]
    [InlineData(10, 1.4)]
    public void Percentile_IsThatOfNumPy(double percentile, double expected) =>
        Assert.Equal(expected, Heatmap.Percentile([1, 2, 3, 4, 9], percentile), 12);

    [Fact]
    public void ClipPercentile_IsThatOfAbsoluteValues_AndGreaterOnesShareItsColour()
    {
        // |values| sorted: 0 1 2 4 100; the 75th percentile is 4.
        var picture = new Heatmap { ClipPercentile = 75 }.Render([0, 1, -2, 4, -100], new InputShape(1, 1, 5));
        AssertColors(picture, (0xF7, 0xF7, 0xF7), (0xFD, 0xDB, 0xC7), (0x92, 0xC5, 0xDE), (0xB2, 0x18, 0x2B), (0x21, 0x66, 0xAC));
    }

    [Fact]
    public void ZeroPercentile_TakesTheGreatestValue()
    {
        var values = new float[200];
        values[7] = 0.001f;
        var picture = new Heatmap().Render(values, new InputShape(1, 10, 20));
        Assert.Equal([0xB2, 0x18, 0x2B, 0xFF], picture.Rgba[28..32]);
        Assert.Equal([0xF7, 0xF7, 0xF7, 0xFF], picture.Rgba[..4]);
    }

    [Fact]
    public void Channels_AreSummed_OrTheirAbsoluteValuesOnTheSequentialScale()
    {
        float[] values = [1, -1, 2, /* second plane */ -1, -1, 2];
        AssertColors(Unclipped.Render(values, new InputShape(2, 1, 3)), (0xF7, 0xF7, 0xF7), (0x92, 0xC5, 0xDE),
            (0xB2, 0x18, 0x2B));
        AssertColors((Unclipped with { ColorScale = ColorScale.Sequential }).Render(values, new InputShape(2, 1, 3)),
            (0x21, 0x90, 0x8C), (0x21, 0x90, 0x8C), (0xFD, 0xE7, 0x25));
    }

    [Fact]
    public void AllZero_IsNeutral_OrTheGreyImage()
    {
        var shape = new InputShape(3, 1, 2);
        AssertColors(new Heatmap().Render(new float[6], shape), (0xF7, 0xF7, 0xF7), (0xF7, 0xF7, 0xF7));
        AssertColors(new Heatmap { ColorScale = ColorScale.Sequential }.Render(new float[6], shape), (0x44, 0x01, 0x54),
            (0x44, 0x01, 0x54));
        var image = new RgbImage(2, 1, [255, 0, 0, 255, 90, 90, 90, 0]);
        AssertColors(new Heatmap().Render(new float[6], shape, image), (76, 76, 76), (90, 90, 90));
    }

    [Fact]
    public void Overlay_CoversByStrengthAndOpacity()
    {
        var image = RgbImage.FromValues([0.4f, 0.4f, 0.4f], new InputShape(1, 1, 3), ValueRange.Unit);
        var picture = (Unclipped with { Opacity = 0.5 }).Render([1, 0, -0.5f], new InputShape(1, 1, 3), image);
        // 102 under half of B2182B; 102 alone; 102 under a quarter of 4393C3.
        AssertColors(picture, (140, 63, 72), (102, 102, 102), (93, 113, 125));
    }

    [Fact]
    public void BadInput_SaysSo()
    {
        var shape = new InputShape(1, 2, 3);
        var heatmap = new Heatmap();
        Assert.Contains("value 1 of 6 is NaN",
            Assert.Throws<ArgumentException>(() => heatmap.Render([0, float.NaN, 0, 0, 0, 0], shape)).Message,
            StringComparison.Ordinal);
        Assert.Contains("value 5 of 6 is infinite",
            Assert.Throws<ArgumentException>(() => heatmap.Render([0, 0, 0, 0, 0, float.PositiveInfinity], shape)).Message,
            StringComparison.Ordinal);
        Assert.Contains("has 6 values, got 5",
            Assert.Throws<ArgumentException>(() => heatmap.Render(new float[5], shape)).Message, StringComparison.Ordinal);
        Assert.Contains("got a vector of 6",
            Assert.Throws<ArgumentException>(() => heatmap.Render(new float[6], InputShape.Vector(6))).Message,
            StringComparison.Ordinal);
        var image = new RgbImage(2, 3, new byte[24]);
        Assert.Contains("expected 3×2 pixels as the attribution, got an image of 2×3 pixels",
            Assert.Throws<ArgumentException>(() => heatmap.Render(new float[6], shape, image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100.5)]
    [InlineData(double.NaN)]
    public void Settings_OutOfBounds_AreRefused(double value)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Heatmap { ClipPercentile = value });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Heatmap { Opacity = value });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Heatmap { ColorScale = (ColorScale)7 });
    }

    private static void AssertColors(RgbImage picture, params (int Red, int Green, int Blue)[] colors) =>
        Assert.Equal(colors.SelectMany(color => (byte[])[(byte)color.Red, (byte)color.Green, (byte)color.Blue, 255]),
            picture.Rgba);

    // Relative luminance of sRGB (Rec. 709), linear in light.
    private static double Luminance(RgbImage picture, int pixel)
    {
        double Linear(int channel) => Math.Pow(picture.Rgba[4 * pixel + channel] / 255.0, 2.2);
        return 0.2126 * Linear(0) + 0.7152 * Linear(1) + 0.0722 * Linear(2);
    }
}
