using System.Globalization;
using Spectre.Console;

namespace AttackMyModel;

/// <summary>The tables on the console.</summary>
internal static class Tables
{
    /// <summary>
    /// Clean, attacked and certified accuracies of each model at each radius; white-box is the worst case of all attacks.
    /// </summary>
    public static Table Accuracies(TabularProblem problem, IReadOnlyList<MeasuredModel> models)
    {
        var table = new Table()
            .Title($"{problem.Name}, {models[0].Result.Rows.Count} test rows: L∞, 1 is the whole range of a column")
            .AddColumns("model", "clean", "radius", "black-box", "white-box", "exact", "certified", "mean nearest");
        foreach (var (result, _, _) in models)
        {
            foreach (var (place, epsilon) in result.Epsilons.Index())
            {
                var isFirst = place == 0;
                table.AddRow(isFirst ? result.Name : "", isFirst ? Percent(result.CleanAccuracy) : "",
                    epsilon.ToString(CultureInfo.InvariantCulture), Percent(result.BlackBoxAccuracy(epsilon)),
                    Percent(result.RobustAccuracy(epsilon)), Percent(result.ExactAccuracy(epsilon)),
                    Percent(result.CertifiedAccuracy(epsilon)), isFirst ? Number(result.MeanDistance, "F3") : "");
            }
        }

        return table;
    }

    /// <summary>How each column was changed in the rows that each model lost.</summary>
    public static Table Columns(TabularProblem problem, IReadOnlyList<MeasuredModel> models)
    {
        var table = new Table().Title($"{problem.Name}: broken rows that need a change of the column, and its mean size in "
            + $"{problem.Unit}; in brackets its size in the nearest adversarial rows").AddColumn("column");
        foreach (var model in models)
            table.AddColumn(model.Result.Name);
        foreach (var (place, name) in problem.Columns.Index())
        {
            table.AddRow([name, .. models.Select(model => model.Columns[place]).Select(use => Markup.Escape(
                use.NeededShare > 0
                    ? $"{Percent(use.NeededShare)}, {Number(use.Needed, "F2")} ({Number(use.Nearest, "F2")})"
                    : $"never ({Number(use.Nearest, "F2")})"))]);
        }

        return table;
    }

    private static string Percent(double? share) => share is { } one ? Number(100 * one, "F1") + " %" : "–";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
