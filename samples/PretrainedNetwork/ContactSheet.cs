using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using Samples.Shared;

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

    private static readonly (string First, string Second)[] Titles =
    [
        ("image", ""), ("adversarial image", "PGD-20"), ("difference", "× {0:F0}"), ("SmoothGrad", "image"),
        ("SmoothGrad", "adversarial image"), ("Grad-CAM", "image"), ("Grad-CAM", "adversarial image"),
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
            var second = string.Format(CultureInfo.InvariantCulture, Titles[column].Second, 0.5 / _epsilon);
            _canvas.Write(Titles[column].First, LeftOf(column), Top - 2 * Canvas.LineHeight - 4);
            _canvas.Write(second, LeftOf(column), Top - Canvas.LineHeight - 4);
        }
    }

    private void DrawLine(ExplainedImage row, string model, bool isFirst, int top)
    {
        if (isFirst)
        {
            _canvas.Fill(0, top - 4, LeftOf(Titles.Length), 1, 0xC0C0C0);
            _canvas.Write(row.Class, Gap, top, size: 2);
        }

        foreach (var (text, line) in model.Split('\n').Select((text, line) => (text, line)))
            _canvas.Write(text, Gap, top + Side / 2 + line * Canvas.LineHeight);
        var image = RgbImage.FromValues(row.Features, PretrainedResNet.InputShape, ValueRange.Unit);
        var adversarial = RgbImage.FromValues(row.Adversarial, PretrainedResNet.InputShape, ValueRange.Unit);
        float[] difference = [.. row.Adversarial.Zip(row.Features, (after, before) => after - before)];
        var (explained, explainedAttacked) = MapPair.Render(Colors, row.SmoothGrad, row.SmoothGradAttacked);
        var (cam, camAttacked) = MapPair.Render(Colors, row.GradCam, row.GradCamAttacked, (image, adversarial));
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
        string[] notes =
        [
            "Images: the first test image of each class that both classify rightly. Each has its own adversarial image. "
                + "Below: the predicted class, in red where the attack fooled it.",
            "Difference: adversarial image less image, grey where they are equal, with one scale everywhere.",
            "SmoothGrad: the size of the gradient, averaged over noisy copies. Grad-CAM: where the last feature maps speak "
                + "for the predicted class, over the image.",
            "The two maps of a method in a line have one scale:",
        ];
        for (var line = 0; line < notes.Length; line++)
            _canvas.Write(notes[line], Gap, top + line * Canvas.LineHeight);
        top += notes.Length * Canvas.LineHeight;
        var shape = new InputShape(1, BarHeight, BarWidth);
        var grey = RgbImage.FromValues(Array.ConvertAll(ramp, _ => 0.5f), shape, ValueRange.Unit);
        DrawBar(Colors.Render(ramp, shape), LeftOf(3), top);
        DrawBar(Colors.Render(ramp, shape, grey), LeftOf(5), top);
    }

    private void DrawBar(RgbImage bar, int left, int top)
    {
        const string Most = "most";
        _canvas.Draw(bar, left, top);
        _canvas.Write("no influence", left, top + BarHeight + 3);
        _canvas.Write(Most, left + BarWidth - Canvas.WidthOf(Most), top + BarHeight + 3);
    }

    private static int LeftOf(int column) => Left + column * (Side + Gap);
}
