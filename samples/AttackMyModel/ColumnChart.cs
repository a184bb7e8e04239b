using System.Globalization;
using ML.Robustness.Imaging;
using Samples.Shared;

namespace AttackMyModel;

/// <summary>The picture: for each data set and model, how many of the broken rows need a change of each column.</summary>
internal static class ColumnChart
{
    private const int Gap = 12, Left = 200, BarLength = 200, ChartWidth = BarLength + 110, BarHeight = 10, LineSpace = 16;
    private const int TitleSpace = 34, Top = 40, Blue = 0x2166AC, Pale = 0xD1E5F0, Grey = 0x707070;

    /// <summary>Draws a line of charts for each data set.</summary>
    public static RgbImage Draw(IReadOnlyList<(TabularProblem Problem, IReadOnlyList<MeasuredModel> Models)> lines)
    {
        var charts = lines.Max(line => line.Models.Count);
        var height = Top + lines.Sum(line => TitleSpace + line.Problem.Columns.Length * LineSpace + 2 * Gap) + Gap;
        var canvas = new Canvas(Left + charts * (ChartWidth + Gap), height);
        canvas.Write("Which columns broke the models: the share of the broken rows that need a change of the column, and how far it "
            + "is changed", Gap, Gap, size: 2);
        var top = Top;
        foreach (var (problem, models) in lines)
        {
            canvas.Write(problem.Name, Gap, top, size: 2);
            foreach (var (row, name) in problem.Columns.Index())
                canvas.Write(name, Gap, top + TitleSpace + row * LineSpace, size: 2);
            foreach (var (place, model) in models.Index())
                DrawChart(canvas, model, problem.Unit, Left + place * (ChartWidth + Gap), top);
            top += TitleSpace + problem.Columns.Length * LineSpace + 2 * Gap;
        }

        return canvas.ToImage();
    }

    private static void DrawChart(Canvas canvas, MeasuredModel model, string unit, int left, int top)
    {
        canvas.Write(model.Result.Name, left, top, size: 1);
        canvas.Write(string.Create(CultureInfo.InvariantCulture,
            $"{model.Broken} of {model.Result.Rows.Count} rows broken within {model.Result.Epsilons[^1]}"), left,
            top + Canvas.LineHeight, Grey);
        foreach (var (row, use) in model.Columns.Index())
        {
            var y = top + TitleSpace + row * LineSpace;
            canvas.Fill(left, y, BarLength, BarHeight, Pale);
            canvas.Fill(left, y, (int)Math.Round(use.NeededShare * BarLength), BarHeight, Blue);
            canvas.Write(string.Create(CultureInfo.InvariantCulture,
                $"{100 * use.NeededShare:F0} %  {(use.NeededShare > 0 ? $"±{use.Needed:F2} {unit}" : "")}"),
                left + BarLength + 4, y + 1);
        }
    }
}
