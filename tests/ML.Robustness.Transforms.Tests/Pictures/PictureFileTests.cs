using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Sources;
using ML.Robustness.Visualization;

namespace ML.Robustness.Transforms.Tests.Pictures;

public sealed class PictureFileTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(1, 300)]
    [InlineData(257, 64)]
    public void Png_ReadByAnotherDecoder_HasEveryPixel(int width, int height)
    {
        var picture = Opaque(width, height);
        using var image = MLImage.CreateFromStream(new MemoryStream(PictureFile.ToPng(picture)));
        Assert.Equal(picture, PictureFile.Of(image));
    }

    [Fact]
    public void Save_ReplacesTheFile_AndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("picture.PNG", [1, 2, 3]);
        PictureFile.Save(Opaque(4, 5), path);
        using var image = MLImage.CreateFromFile(path);
        Assert.Equal(Opaque(4, 5), PictureFile.Of(image));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Image_ThereAndBack_IsThePicture()
    {
        var picture = Opaque(5, 6);
        using var image = PictureFile.ToImage(picture);
        Assert.Equal((5, 6), (image.Width, image.Height));
        Assert.Equal(picture, PictureFile.Of(image));
        Assert.NotSame(picture.Rgba, PictureFile.Of(image).Rgba);
    }

    [Fact]
    public void Image_OfTransparentPixels_HasColoursMultipliedByAlpha()
    {
        using var image = PictureFile.ToImage(new Picture(3, 1, [200, 100, 0, 51, 9, 9, 9, 0, 10, 20, 30, 255]));
        Assert.Equal([40, 20, 0, 51, 0, 0, 0, 0, 10, 20, 30, 255], image.Pixels.ToArray());
        Assert.Equal([200, 100, 0, 51, 0, 0, 0, 0, 10, 20, 30, 255], PictureFile.Of(image).Rgba);
    }

    [Fact]
    public void Of_BlueFirstImage_GivesRedFirst()
    {
        using var image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Bgra32, [1, 2, 3, 255]);
        Assert.Equal([3, 2, 1, 255], PictureFile.Of(image).Rgba);
    }

    private static Picture Opaque(int width, int height)
    {
        var rgba = new byte[4 * width * height];
        new Random(width).NextBytes(rgba);
        for (var alpha = 3; alpha < rgba.Length; alpha += 4)
            rgba[alpha] = 255;
        return new Picture(width, height, rgba);
    }
}
