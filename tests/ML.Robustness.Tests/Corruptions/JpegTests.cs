using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Corruptions;

/// <summary>The loss of JPEG, against the standard and against what the Independent JPEG Group's library (libjpeg-turbo 2.1) made
/// of the same bytes.</summary>
public sealed class JpegTests
{
    [Fact]
    public void Cosines_AreOrthonormal()
    {
        using var scope = NewDisposeScope();
        var cosines = JpegBlocks.Cosines(CPU);
        Assert.True(cosines.matmul(cosines.t()).allclose(Eye8(), 0, 1e-14));
        Assert.Equal(Math.Cos(3 * Math.PI / 16) / 2, cosines.select(0, 1).select(0, 1).item<double>(), 1e-15);

        static Tensor Eye8() => PixelMatrix.Create(8, 8, (row, weights) => weights[(int)row] = 1, CPU);
    }

    [Theory]
    [InlineData(50, 16, 99)]
    [InlineData(80, 6, 40)]
    [InlineData(40, 20, 124)]
    [InlineData(10, 80, 255)]
    [InlineData(100, 1, 1)]
    public void Tables_AreScaledAsTheLibraryDoes(int quality, double first, double last)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(first, JpegTable.Light(quality, CPU).select(0, 0).select(0, 0).item<double>());
        Assert.Equal(last, JpegTable.Light(quality, CPU).select(0, 7).select(0, 7).item<double>());
    }

    [Fact]
    public void Compress_ABlockByHand()
    {
        using var scope = NewDisposeScope();
        // 100 on the left, 180 on the right of every line: a step of 80 around 140. Only the first row of coefficients is not
        // zero.
        var block = tensor(Enumerable.Range(0, 64).Select(i => i % 8 < 4 ? 100 / 255.0 : 180 / 255.0).ToArray()).view(1, 1, 8, 8);
        int[] steps = [16, 11, 10, 16, 24, 40, 51, 61];
        var kept = new double[8];
        for (var frequency = 0; frequency < 8; frequency++)
        {
            var sum = Enumerable.Range(0, 8).Sum(x => (x < 4 ? -28 : 52) * Math.Cos((2 * x + 1) * frequency * Math.PI / 16));
            var coefficient = Math.Sqrt(8) * Math.Sqrt((frequency == 0 ? 1 : 2) / 8.0) * sum;
            kept[frequency] = Math.Round(coefficient / steps[frequency], MidpointRounding.AwayFromZero) * steps[frequency];
        }
        Assert.Equal([96, -286, 0, 96, 0, -80, 0, 61], kept);
        var expected = Enumerable.Range(0, 8).Select(x => Math.Floor(128.5 + Enumerable.Range(0, 8).Sum(u =>
            kept[u] * Math.Sqrt((u == 0 ? 1 : 2) / 8.0) * Math.Cos((2 * x + 1) * u * Math.PI / 16)) / Math.Sqrt(8))).ToArray();
        var coded = TestImages.Values(Jpeg.Compress(block, 50).mul(255));
        Assert.Equal(Enumerable.Repeat(expected, 8).SelectMany(line => line), coded,
            (one, other) => Math.Abs(one - other) < 1e-9);
    }

    [Fact]
    public void Compress_BestQuality_IsTheImageWithinRounding()
    {
        using var scope = NewDisposeScope();
        var grey = TestImages.Make(channels: 1).mul(255).round().div(255);
        Assert.True(Jpeg.Compress(grey, 100).sub(grey).abs().max().item<double>() <= 2.01 / 255);
        // A colour image whose colours are even: nothing is lost to their half size.
        var color = grey.mul(0.5).add(tensor(new[] { 0.1, 0.2, 0.3 }).view(1, 3, 1, 1));
        Assert.True(Jpeg.Compress(color, 100).sub(color).abs().max().item<double>() <= 3.01 / 255);
    }

    /// <summary>Nine lines of five pixels: odd sides, blocks filled up, colours halved and enlarged. Coded and decoded by
    /// libjpeg-turbo with its floating-point transform.</summary>
    [Fact]
    public void Compress_AColorImage_IsWhatTheLibraryMakesOfIt()
    {
        const string Image =
            "grzHn8Wypbmp2um22t+mg8qbrtuTqdGH68Z+97lnl8VipbhOyMFb58Jt/7JmksNGz6470aA+/61L2IJYq6wdtpQntnxG93Zj4"
            + "XBhwYIYxHc8xGNB42OM00+Uyl5VukpW2jRvxlmx1E/BxkdryyeAxjOj20TMvU3luS+4vTqloBm9rmTUwWD2";
        const string Coded =
            "pbZyrbx5xcuN2tqe5NiksblwuLt0ycaB29KR4c6TxLhkxbZjz7pr279137p00Kpfy6RZzqJb1aJh15xg0o5fzIVXyoFY0IJc0"
            + "n1gzmxrxWNixF9jzWVu0GV1xkyJv0WCwEWGy0+X1FWkwDmiuDOeuzWky0S61U/Kty20vDS8nxel2FPk1VDp";
        using var scope = NewDisposeScope();
        var image = tensor(Convert.FromBase64String(Image)).view(1, 9, 5, 3).permute(0, 3, 1, 2).to(ScalarType.Float64).div(255);
        var coded = Jpeg.Compress(image, 50).mul(255).round().to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous();
        Assert.Equal(Convert.FromBase64String(Coded), coded.data<byte>().ToArray());
    }

    [Fact]
    public void Apply_BlueGreenRed_IsTheSameImageInItsOrder()
    {
        using var scope = NewDisposeScope();
        var rgb = TestImages.Make();
        var expected = TestImages.Values(new Jpeg().Apply(rgb, 3, new RowRandom(1), ValueRange.Unit).flip(1));
        Assert.Equal(expected, TestImages.Values(
            new Jpeg { ColorOrder = ColorOrder.Bgr }.Apply(rgb.flip(1), 3, new RowRandom(1), ValueRange.Unit)));
        Assert.NotEqual(expected, TestImages.Values(new Jpeg().Apply(rgb.flip(1), 3, new RowRandom(1), ValueRange.Unit)));

        var grey = TestImages.Make(channels: 1);
        Assert.Equal(TestImages.Values(new Jpeg().Apply(grey, 3, new RowRandom(1), ValueRange.Unit)), TestImages.Values(
            new Jpeg { ColorOrder = ColorOrder.Bgr }.Apply(grey, 3, new RowRandom(1), ValueRange.Unit)));
    }

    [Fact]
    public void ColorOrder_IsPartOfItsTextAndFingerprint()
    {
        var jpeg = new Jpeg { ColorOrder = ColorOrder.Bgr };
        Assert.Equal(("Jpeg", "Jpeg (Bgr)", "Jpeg"), ($"{new Jpeg()}", $"{jpeg}", jpeg.Name));
        Assert.Equal("Jpeg { ColorOrder = Bgr, Name = Jpeg }", SettingsFingerprint.Of(jpeg));
        Assert.Contains("ColorOrder must be one of Rgb, Bgr, but is 5", Assert.Throws<ArgumentOutOfRangeException>(
            () => new Jpeg { ColorOrder = (ColorOrder)5 }).Message);
    }

    [Fact]
    public void Apply_GivesWholeBytes()
    {
        using var scope = NewDisposeScope();
        var coded = new Jpeg().Apply(TestImages.Make(), 3, new RowRandom(1), ValueRange.Unit).mul(255);
        Assert.True(coded.round().allclose(coded, 0, 1e-10));
    }
}
