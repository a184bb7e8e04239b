using ML.Robustness.Imaging;
using PretrainedNetwork;
using Samples.Shared;

namespace ML.Robustness.Onnx.Tests.Samples;

/// <summary>The contact sheet of samples/PretrainedNetwork.</summary>
public sealed class ContactSheetTests
{
    private const int Values = 3 * 32 * 32, Pixels = 32 * 32;

    [Fact]
    public void Letters_AreSetWhereTheyAreDrawn_AndDifferFromEachOther()
    {
        string[] cross = ["#...#", ".#.#.", "..#..", ".#.#.", "#...#"];
        Assert.Equal(cross, Dots('×')[1..6]);
        var drawn = Enumerable.Range('0', 10).Concat(Enumerable.Range('A', 26)).Concat(Enumerable.Range('a', 26))
            .Select(letter => string.Concat(Dots((char)letter))).ToArray();
        Assert.DoesNotContain(new string('.', 40), drawn);
        Assert.Equal(drawn.Length, drawn.Distinct().Count());
        Assert.Equal(new string('.', 40), string.Concat(Dots(' ')));

        static string[] Dots(char letter) => [.. Enumerable.Range(0, Glyphs.Height).Select(y => string.Concat(
            Enumerable.Range(0, Glyphs.Width).Select(x => Glyphs.IsSet(letter, x, y) ? '#' : '.')))];
    }

    [Fact]
    public void Text_IsDrawnInItsColor_AndSize()
    {
        var canvas = new Canvas(20, 20);
        canvas.Write("-", 2, 3, 0x102030, size: 2);
        var image = canvas.ToImage();
        var set = Enumerable.Range(0, 400).Where(pixel => image.Rgba[4 * pixel] != 255).ToArray();

        // A line of five dots in the fourth row of dots, each of 2 × 2 pixels.
        Assert.Equal(Enumerable.Range(9, 2).SelectMany(y => Enumerable.Range(2, 10).Select(x => 20 * y + x)), set);
        Assert.All(set, pixel => Assert.Equal([0x10, 0x20, 0x30, 0xFF], image.Rgba[(4 * pixel)..(4 * pixel + 4)]));
    }

    [Fact]
    public void Text_BeyondThePage_IsCut()
    {
        var canvas = new Canvas(6, 8);
        canvas.Write("-", 4, 0);
        canvas.Write("-", -4, 3);
        var image = canvas.ToImage();
        var set = Enumerable.Range(0, 48).Where(pixel => image.Rgba[4 * pixel] != 255).ToArray();
        Assert.Equal([6 * 3 + 4, 6 * 3 + 5, 6 * 6], set);
    }

    [Fact]
    public void MapsOfALine_HaveOneScale_AndDifferencesThatOfTheRadius()
    {
        var weak = Filled(Pixels, 1);
        var row = new ExplainedImage
        {
            Features = Filled(Values, 0.5f),
            Adversarial = Filled(Values, 0.6f),
            SmoothGrad = weak,
            SmoothGradAttacked = Filled(Pixels, 2),
            GradCam = weak,
            GradCamAttacked = weak,
            Class = "dog",
            AttackedClass = "horse",
        };
        var sheet = ContactSheet.Draw("title", 0.2, [("before", [row]), ("after", [row])]);

        // Half of the strongest colour, which the two maps share, and the strongest.
        var colors = new Heatmap { ColorScale = ColorScale.Sequential }.Render([0.5f, 1, 1, 1], new(1, 1, 4));
        Assert.Equal(colors.Rgba[..4], Cell(3));
        Assert.Equal(colors.Rgba[4..8], Cell(4));
        // Grad-CAM lies over the image in grey.
        var grey = new RgbImage(1, 1, [128, 128, 128, 255]);
        var over = new Heatmap { ColorScale = ColorScale.Sequential }.Render([1f], new(1, 1, 1), grey);
        Assert.Equal(over.Rgba, Cell(5));
        Assert.Equal([128, 128, 128, 255], Cell(0));
        Assert.Equal([191, 191, 191, 255], Cell(2)); // half of the radius above grey

        byte[] Cell(int column)
        {
            var (x, y) = ContactSheet.PlaceOf(line: 0, column);
            return sheet.Rgba[(4 * ((y + 9) * sheet.Width + x + 9))..][..4];
        }
    }

    private static float[] Filled(int count, float value)
    {
        var values = new float[count];
        Array.Fill(values, value);
        return values;
    }
}
