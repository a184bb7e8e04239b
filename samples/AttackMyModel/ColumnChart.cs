using System.Globalization;
using ML.Robustness.Imaging;
using Samples.Shared;

namespace AttackMyModel;

/// <summary>The image: for each model and data set, how many of the broken rows need a change of each column.</summary>
internal static class ColumnChart
{
    /// <summary>The length of a bar of all rows.</summary>
    public const int BarLength = 240;

    private const int Gap = 12, Names = 110, Texts = 130, ChartWidth = Names + BarLength + Texts, BarHeight = 10, LineSpace = 15;
    private const int Top = 86, TitleSpace = 32, Blue = 0x2166AC, Pale = 0xD1E5F0, Grey = 0x707070;

    /// <summary>Draws a line of charts for each model, with a chart for each data set.</summary>
    public static RgbImage Draw(IReadOnlyList<(TabularProblem Problem, IReadOnlyList<MeasuredModel> Models)> results)
    {
        var lineHeight = LineHeight(results);
        var models = results[0].Models.Count;
        var canvas = new Canvas(Gap + results.Count * (ChartWidth + Gap), Top + models * lineHeight);
        canvas.Write("Which columns broke the models", Gap, Gap, size: 2);
        canvas.Write("Bars: the share of the broken rows that need a change of the column. Beside them: the share, and the mean "
            + "size of these changes.", Gap, Gap + 2 * Canvas.LineHeight, Grey);
        foreach (var (column, (problem, measured)) in results.Index())
        {
            var left = Gap + column * (ChartWidth + Gap);
            canvas.Write(problem.Name, left, Top - 2 * Canvas.LineHeight - Gap, size: 2);
            foreach (var (line, model) in measured.Index())
                DrawChart(canvas, model, problem.Unit, left, Top + line * lineHeight);
        }

        return canvas.ToImage();
    }

    /// <summary>The upper left corner of a bar.</summary>
    public static (int X, int Y) PlaceOf(
        IReadOnlyList<(TabularProblem Problem, IReadOnlyList<MeasuredModel> Models)> results, int data, int model, int column) =>
        (Gap + data * (ChartWidth + Gap) + Names, Top + model * LineHeight(results) + TitleSpace + column * LineSpace);

    private static int LineHeight(IReadOnlyList<(TabularProblem Problem, IReadOnlyList<MeasuredModel> Models)> results) =>
        TitleSpace + results.Max(line => line.Problem.Columns.Length) * LineSpace + Gap;

    private static void DrawChart(Canvas canvas, MeasuredModel model, string unit, int left, int top)
    {
        canvas.Write(model.Result.Name, left, top);
        canvas.Write(string.Create(CultureInfo.InvariantCulture,
            $"{model.Broken} of {model.Result.Rows.Count} rows broken within {model.Result.Epsilons[^1]}"), left,
            top + Canvas.LineHeight, Grey);
        foreach (var (row, use) in model.Columns.Index())
        {
            var (x, y) = (left + Names, top + TitleSpace + row * LineSpace);
            canvas.Write(use.Column, left, y + 1);
            canvas.Fill(x, y, BarLength, BarHeight, Pale);
            canvas.Fill(x, y, (int)Math.Round(use.NeededShare * BarLength), BarHeight, Blue);
            canvas.Write(use.NeededShare == 0 ? "never" : string.Create(CultureInfo.InvariantCulture,
                $"{100 * use.NeededShare:F0} %  ±{use.Needed:F2} {unit}"), x + BarLength + 5, y + 1);
        }
    }
}
