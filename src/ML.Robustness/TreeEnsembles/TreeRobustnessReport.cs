namespace ML.Robustness.TreeEnsembles;

/// <summary>What was found of a tree ensemble's robustness on a set of rows.</summary>
public sealed class TreeRobustnessReport
{
    internal TreeRobustnessReport(IReadOnlyList<TreeRowResult> rows) => Rows = rows;

    /// <summary>The result of each row, in order.</summary>
    public IReadOnlyList<TreeRowResult> Rows { get; }

    /// <summary>The share of rows classified rightly as they are, 0 to 1.</summary>
    public double CleanAccuracy => Share(row => row.IsCorrect);

    /// <summary>The mean certified radius of the rows classified rightly; NaN where there are none.</summary>
    public double MeanCertifiedRadius => Mean(row => row.CertifiedRadius);

    /// <summary>The mean exact radius of the rows classified rightly; null where one of them is not known.</summary>
    public double? MeanExactRadius => IsExact ? Mean(row => row.ExactRadius!.Value) : null;

    /// <summary>The mean distance at which the attack broke the rows classified rightly; infinity where one withstood.</summary>
    public double MeanAttackedDistance => Mean(row => row.AttackedDistance);

    /// <summary>Whether the exact radius of every row is known.</summary>
    public bool IsExact => Rows.All(row => row.ExactRadius is not null);

    /// <summary>The accuracies at one radius.</summary>
    /// <param name="epsilon">The radius, a finite number of zero or more.</param>
    /// <returns>The certified, exact and attacked accuracy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite.</exception>
    public TreeRobustnessPoint At(double epsilon) => epsilon >= 0 && double.IsFinite(epsilon)
        ? new TreeRobustnessPoint(
            epsilon,
            Share(row => row.IsWithstood(row.CertifiedRadius, epsilon)),
            IsExact ? Share(row => row.IsWithstood(row.ExactRadius!.Value, epsilon)) : null,
            Share(row => row.IsWithstood(row.AttackedDistance, epsilon)))
        : throw new ArgumentOutOfRangeException(
            nameof(epsilon), epsilon, "A radius must be a finite number of zero or more.");

    /// <summary>Merges the reports of parts of the rows.</summary>
    /// <param name="parts">The reports of consecutive ranges of rows, in any order, each made with its first row's
    /// number.</param>
    /// <returns>The report of the whole.</returns>
    /// <exception cref="ArgumentException">There are no parts, or rows are missing or twice there.</exception>
    public static TreeRobustnessReport Merge(IEnumerable<TreeRobustnessReport> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        TreeRowResult[] rows = [.. parts.SelectMany(part => part.Rows).OrderBy(row => row.Row)];
        if (rows.Length == 0)
            throw new ArgumentException("There are no rows to merge: give the reports of the parts.", nameof(parts));
        for (var place = 1; place < rows.Length; place++)
        {
            if (rows[place].Row != rows[place - 1].Row + 1)
                throw new ArgumentException(
                    $"Row {rows[place - 1].Row} is followed by row {rows[place].Row}: expected consecutive rows. Give each part "
                    + "once, made with the FirstRow of its own.", nameof(parts));
        }
        return new TreeRobustnessReport(rows);
    }

    private double Share(Func<TreeRowResult, bool> condition) =>
        Rows.Count == 0 ? double.NaN : (double)Rows.Count(condition) / Rows.Count;

    private double Mean(Func<TreeRowResult, double> value) =>
        Rows.Where(row => row.IsCorrect).Select(value).DefaultIfEmpty(double.NaN).Average();
}
