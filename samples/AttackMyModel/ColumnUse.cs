using Microsoft.ML;

namespace AttackMyModel;

/// <summary>How a column was changed in the rows that were broken within the largest radius.</summary>
/// <param name="Column">The name.</param>
/// <param name="NearestShare">The share of the nearest adversarial rows that change this column.</param>
/// <param name="Nearest">The mean absolute change in the nearest adversarial rows, in raw units.</param>
/// <param name="NeededShare">The share of broken rows that need a change of this column.</param>
/// <param name="Needed">The mean absolute change where it is needed, in raw units; zero where it never is.</param>
internal sealed record ColumnUse(string Column, double NearestShare, double Nearest, double NeededShare, double Needed)
{
    /// <summary>Looks at what broke the rows.</summary>
    /// <returns>The columns, and the number of broken rows.</returns>
    public static (IReadOnlyList<ColumnUse> Columns, int Broken) Of(
        MLContext ml, TabularProblem problem, IDataView test, DeployedModel model, ModelResult result)
    {
        var broken = NeededColumns.Find(ml, problem, test, model, result);
        return ([.. problem.Columns.Select((name, column) => Use(name, column, broken))], broken.Count);
    }

    private static ColumnUse Use(string name, int column, IReadOnlyList<(AttackedRow Row, float[] Left)> broken)
    {
        var rows = (double)Math.Max(broken.Count, 1);
        var nearest = broken.Select(one => Change(one.Row, one.Row.Nearest!.Features)).ToArray();
        var needed = broken.Select(one => Change(one.Row, one.Left)).Where(change => change > 0).ToArray();
        return new ColumnUse(
            name, nearest.Count(change => change > 0) / rows, nearest.Sum() / rows, needed.Length / rows,
            needed.DefaultIfEmpty().Average());

        double Change(AttackedRow row, float[] features) => Math.Abs((double)features[column] - row.Features[column]);
    }
}
