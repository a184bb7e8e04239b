using System.Globalization;
using System.Text;

namespace ML.Robustness.Transforms.Reports;

/// <summary>Draws curves of shares, 0 to 1, as a vector image in the colours of the page.</summary>
internal static class HtmlCurves
{
    private const int Width = 640, Height = 320, Left = 80, Right = 150, Top = 16, Bottom = 48, Lines = 4;

    internal static string Draw(
        string caption,
        string across,
        string upwards,
        IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> curves)
    {
        Check(caption, curves);
        var last = curves.Max(curve => curve.Points.Max(point => point.X));
        var first = Math.Min(0, curves.Min(curve => curve.Points.Min(point => point.X)));
        double X(double value) => Left + (Width - Left - Right) * (value - first) / Math.Max(last - first, double.Epsilon);
        double Y(double value) => Top + (Height - Top - Bottom) * (1 - value);

        var drawing = new StringBuilder();
        var label = HtmlReport.Escape(Describe(caption, across, curves));
        Write($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{label}\">");
        for (var line = 0; line <= Lines; line++)
        {
            var share = (double)line / Lines;
            var value = first + share * (last - first);
            Write($"<line class=\"rule\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(share):F1}\" y2=\"{Y(share):F1}\"/>");
            Write($"<text x=\"{Left - 8}\" y=\"{Y(share) + 4:F1}\" text-anchor=\"end\">{100 * share:F0} %</text>");
            Write($"<text x=\"{X(value):F1}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{value:G3}</text>");
        }
        var (centre, middle) = ((Left + Width - Right) / 2, (Top + Height - Bottom) / 2);
        Write($"<text x=\"{centre}\" y=\"{Height - 8}\" text-anchor=\"middle\">{HtmlReport.Escape(across)}</text>");
        Write($"<text x=\"14\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {middle})\">");
        Write($"{HtmlReport.Escape(upwards)}</text>");
        var names = Places([.. curves.Select(curve => Y(curve.Points[^1].Y))]);
        for (var index = 0; index < curves.Count; index++)
        {
            var (name, points) = curves[index];
            // Told apart by colour, dashes and the name at the end.
            var style = $"class=\"curve c{index % 4}\"";
            var places = string.Join(' ', points.Select(point => Text($"{X(point.X):F1},{Y(point.Y):F1}")));
            Write($"<polyline {style} points=\"{places}\"/>");
            foreach (var point in points)
                Write($"<circle {style} cx=\"{X(point.X):F1}\" cy=\"{Y(point.Y):F1}\" r=\"4\"/>");
            var end = HtmlReport.Escape(name);
            Write($"<text class=\"c{index % 4}\" x=\"{Width - Right + 12}\" y=\"{names[index] + 4:F1}\">{end}</text>");
        }
        Write($"</svg>\n");
        return drawing.ToString();

        void Write(FormattableString text) => drawing.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The heights of the names: those that would overlap are moved down, in the order of the curves' ends.</summary>
    private static double[] Places(double[] ends)
    {
        const double Line = 18;
        var places = (double[])ends.Clone();
        var order = Enumerable.Range(0, ends.Length).OrderBy(index => ends[index]).ToArray();
        for (var i = 1; i < order.Length; i++)
            places[order[i]] = Math.Max(places[order[i]], places[order[i - 1]] + Line);
        return places;
    }

    private static void Check(string caption, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> curves)
    {
        if (curves.Count == 0)
            throw new ArgumentException($"'{caption}' has no curves: expected one or more.", nameof(curves));
        foreach (var (name, points) in curves)
        {
            if (points.Count < 2)
            {
                throw new ArgumentException(
                    $"The curve '{name}' of '{caption}' has {points.Count} points: expected two or more.", nameof(curves));
            }

            foreach (var (x, y) in points)
            {
                if (!double.IsFinite(x) || !(y >= 0 && y <= 1))
                {
                    var point = Text($"({x}, {y})");
                    throw new ArgumentException($"The curve '{name}' of '{caption}' has the point {point}: "
                        + "expected a finite number and a share from 0 to 1.", nameof(curves));
                }
            }
        }
    }

    private static string Describe(
        string caption, string across, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> curves)
    {
        string Describe(double x, double y) => Text($"{100 * y:F1} % at {across} {x:G3}");
        return $"{caption} " + string.Join("; ", curves.Select(curve =>
            $"{curve.Name}: " + string.Join(", ", curve.Points.Select(point => Describe(point.X, point.Y)))));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
