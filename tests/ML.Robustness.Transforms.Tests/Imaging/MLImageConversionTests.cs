using Microsoft.ML.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Imaging;

public sealed class MLImageConversionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(1, 300)]
    [InlineData(257, 64)]
    public void Png_ReadByAnotherDecoder_HasEveryPixel(int width, int height)
    {
        var picture = Opaque(width, height);
        using var image = MLImage.CreateFromStream(new MemoryStream(picture.ToPng()));
        Assert.Equal(picture, MLImageConversion.Of(image));
    }

    [Fact]
    public void Save_ReplacesTheFile_AndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("picture.PNG", [1, 2, 3]);
        Opaque(4, 5).SavePng(path);
        using var image = MLImage.CreateFromFile(path);
        Assert.Equal(Opaque(4, 5), MLImageConversion.Of(image));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Image_ThereAndBack_IsThePicture()
    {
        var picture = Opaque(5, 6);
        using var image = MLImageConversion.ToImage(picture);
        Assert.Equal((5, 6), (image.Width, image.Height));
        Assert.Equal(picture, MLImageConversion.Of(image));
        Assert.NotSame(picture.Rgba, MLImageConversion.Of(image).Rgba);
    }

    [Fact]
    public void Image_OfTransparentPixels_HasColoursMultipliedByAlpha()
    {
        using var image = MLImageConversion.ToImage(new RgbImage(3, 1, [200, 100, 0, 51, 9, 9, 9, 0, 10, 20, 30, 255]));
        Assert.Equal([40, 20, 0, 51, 0, 0, 0, 0, 10, 20, 30, 255], image.Pixels.ToArray());
        Assert.Equal([200, 100, 0, 51, 0, 0, 0, 0, 10, 20, 30, 255], MLImageConversion.Of(image).Rgba);
    }

    [Fact]
    public void Of_BlueFirstImage_GivesRedFirst()
    {
        using var image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Bgra32, [1, 2, 3, 255]);
        Assert.Equal([3, 2, 1, 255], MLImageConversion.Of(image).Rgba);
    }

    private static RgbImage Opaque(int width, int height)
    {
        var rgba = new byte[4 * width * height];
        new Random(width).NextBytes(rgba);
        for (var alpha = 3; alpha < rgba.Length; alpha += 4)
            rgba[alpha] = 255;
        return new RgbImage(width, height, rgba);
    }
}
