using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace PretrainedNetwork;

/// <summary>
/// The contact sheet: for each image a line before and a line after fine-tuning, with the image, its adversarial example, the
/// difference of the two, and the attributions of both.
/// </summary>
internal sealed class ContactSheet
{
    private const int Zoom = 4, Side = 32 * Zoom, Gap = 6, Left = 150, Top = 74, LineSpace = Side + Canvas.LineHeight + Gap;
    private const int LegendSpace = 100, BarWidth = 2 * Side + Gap, BarHeight = 12;
    private const int Black = 0x202020, Red = 0xB2182B, Green = 0x1B7837;

    private static readonly string[][] Titles =
    [
        ["image", ""], ["adversarial", "PGD-20"], ["difference", ""], ["SmoothGrad", "of the image"],
        ["SmoothGrad", "of the adversarial"], ["Grad-CAM", "of the image"], ["Grad-CAM", "of the adversarial"],
    ];

    private static readonly Heatmap Colors = new() { ColorScale = ColorScale.Sequential };

    private readonly double _epsilon;
    private readonly Canvas _canvas;
    private readonly int _bottom;

    private ContactSheet(double epsilon, int lines)
    {
        _epsilon = epsilon;
        _bottom = Top + lines * LineSpace;
        _canvas = new Canvas(Left + Titles.Length * (Side + Gap), _bottom + LegendSpace);
    }

    /// <summary>Draws the sheet.</summary>
    /// <param name="title">The title.</param>
    /// <param name="epsilon">The radius, which has the strongest colours of the differences.</param>
    /// <param name="models">The models' names, each with the same images.</param>
    public static RgbImage Draw(
        string title, double epsilon, IReadOnlyList<(string Name, IReadOnlyList<ExplainedImage> Images)> models)
    {
        var images = models[0].Images.Count;
        var sheet = new ContactSheet(epsilon, images * models.Count);
        sheet.DrawTitles(title);
        for (var image = 0; image < images; image++)
        {
            for (var model = 0; model < models.Count; model++)
            {
                var top = Top + (image * models.Count + model) * LineSpace;
                sheet.DrawLine(models[model].Images[image], models[model].Name, isFirst: model == 0, top);
            }
        }

        sheet.DrawLegend();
        return sheet._canvas.ToImage();
    }

    /// <summary>The upper left corner of an image.</summary>
    public static (int X, int Y) PlaceOf(int line, int column) => (LeftOf(column), Top + line * LineSpace);

    private void DrawTitles(string title)
    {
        _canvas.Write(title, Gap, Gap, size: 2);
        for (var column = 0; column < Titles.Length; column++)
        {
            for (var line = 0; line < Titles[column].Length; line++)
                _canvas.Write(Titles[column][line], LeftOf(column), Top - 2 * Canvas.LineHeight + line * Canvas.LineHeight - 4);
        }
    }

    private void DrawLine(ExplainedImage row, string model, bool isFirst, int top)
    {
        if (isFirst)
        {
            _canvas.Fill(0, top - 4, LeftOf(Titles.Length), 1, 0xC0C0C0);
            _canvas.Write(row.Class, Gap, top, size: 2);
        }

        _canvas.Write(model, Gap, top + Side / 2);
        var image = RgbImage.FromValues(row.Features, PretrainedResNet.InputShape, ValueRange.Unit);
        var adversarial = RgbImage.FromValues(row.Adversarial, PretrainedResNet.InputShape, ValueRange.Unit);
        float[] difference = [.. row.Adversarial.Zip(row.Features, (after, before) => after - before)];
        var (explained, explainedAttacked) = RenderAlike(row.SmoothGrad, row.SmoothGradAttacked);
        var (cam, camAttacked) = RenderAlike(row.GradCam, row.GradCamAttacked);
        RgbImage[] cells =
        [
            image, adversarial,
            RgbImage.FromValues(difference, PretrainedResNet.InputShape, new ValueRange(-_epsilon, _epsilon)),
            explained, explainedAttacked, cam, camAttacked,
        ];
        for (var column = 0; column < cells.Length; column++)
            _canvas.Draw(cells[column].Enlarge(Zoom), LeftOf(column), top);
        var fooled = row.AttackedClass != row.Class;
        _canvas.Write(row.Class, LeftOf(0), top + Side + 2, Green);
        _canvas.Write(row.AttackedClass, LeftOf(1), top + Side + 2, fooled ? Red : Green);
    }

    private void DrawLegend()
    {
        var top = _bottom + Gap;
        _canvas.Fill(0, top - 8, LeftOf(Titles.Length), 1, 0xC0C0C0);
        float[] ramp = [.. Enumerable.Range(0, BarHeight).SelectMany(_ => Enumerable.Range(0, BarWidth))
            .Select(x => (float)x / (BarWidth - 1))];
        _canvas.Write("Under an image: the class that is predicted; red where the attack fooled the classifier.", Gap, top);
        _canvas.Write("Difference: grey where nothing changed, the strongest colours at ±ε; each colour apart.", Gap,
            top + Canvas.LineHeight);
        _canvas.Write("SmoothGrad: absolute gradient over noisy copies. Grad-CAM: last feature maps. One scale for the two maps "
            + "of a line and method.", Gap, top + 2 * Canvas.LineHeight);
        _canvas.Draw(Colors.Render(ramp, new InputShape(1, BarHeight, BarWidth)), LeftOf(3), top + 4 * Canvas.LineHeight);
        _canvas.Write("no influence on the class", LeftOf(3), top + 4 * Canvas.LineHeight + BarHeight + 3);
        const string most = "most";
        _canvas.Write(most, LeftOf(3) + BarWidth - Canvas.WidthOf(most), top + 4 * Canvas.LineHeight + BarHeight + 3);
    }

    /// <summary>Two maps side by side in one image have one scale.</summary>
    private static (RgbImage First, RgbImage Second) RenderAlike(float[] first, float[] second)
    {
        var (height, width) = (PretrainedResNet.InputShape.Height, PretrainedResNet.InputShape.Width);
        float[] both = [.. first.Chunk(width).Zip(second.Chunk(width), (left, right) => left.Concat(right))
            .SelectMany(line => line)];
        var drawn = Colors.Render(both, new InputShape(1, height, 2 * width));
        return (Part(0), Part(1));

        RgbImage Part(int place) => new(width, height, [.. drawn.Rgba.Chunk(4 * width).Where((_, i) => i % 2 == place)
            .SelectMany(line => line)]);
    }

    private static int LeftOf(int column) => Left + column * (Side + Gap);
}
