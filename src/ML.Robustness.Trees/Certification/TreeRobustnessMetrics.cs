using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Trees.Certification;

/// <summary>What <c>CertifyTrees</c> found.</summary>
public sealed class TreeRobustnessMetrics
{
    private readonly float[][] _rows;
    private readonly double[] _epsilons;

    internal TreeRobustnessMetrics(
        TreeRobustnessReport report, TreeNorm norm, IReadOnlyList<string> features, IReadOnlyList<string> classes, float[][] rows,
        double[] epsilons)
    {
        (Report, Norm, FeatureNames, ClassNames) = (report, norm, features, classes);
        (_rows, _epsilons) = (rows, epsilons);
        Curve = [.. epsilons.Select(report.At)];
    }

    /// <summary>The whole report: each row's radii and the accuracies at any radius.</summary>
    public TreeRobustnessReport Report { get; }

    /// <summary>The norm of the radii.</summary>
    public TreeNorm Norm { get; }

    /// <summary>The features' names: their columns, or their slots' where a column is a vector.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>The classes' names: the labels' values where they are known, else numbers.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The share of rows classified rightly as they are, 0 to 1.</summary>
    public double CleanAccuracy => Report.CleanAccuracy;

    /// <summary>The accuracies at the radii of <see cref="TreeCertificationOptions.Epsilons"/>, in rising order.</summary>
    public IReadOnlyList<TreeRobustnessPoint> Curve { get; }

    /// <summary>The features that a row's adversarial row has changed.</summary>
    /// <param name="row">A result of <see cref="TreeRobustnessReport.Rows"/>.</param>
    /// <returns>The changed features, in the order of <see cref="FeatureNames"/>; none where there is no adversarial
    /// row.</returns>
    /// <exception cref="ArgumentException">The result is of other rows.</exception>
    public IReadOnlyList<FeatureChange> Changes(TreeRowResult row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var place = _rows.Length == 0 ? -1 : row.Row - Report.Rows[0].Row;
        if (place < 0 || place >= _rows.Length)
            throw new ArgumentException(
                $"Row {row.Row} is none of the {_rows.Length} rows: give one of Report.Rows.", nameof(row));
        return row.AdversarialRow is not { } adversarial ? [] : [.. FeatureNames
            .Select((name, feature) => new FeatureChange(name, _rows[place][feature], adversarial[feature]))
            .Where(change => change.Before != change.After)];
    }

    /// <summary>Merges the metrics of parts of the data into those of the whole.</summary>
    /// <param name="parts">
    /// The metrics of consecutive ranges of rows, in any order, each with the <see cref="TreeCertificationOptions.FirstRow"/> of
    /// its own, the same model and the same other options.
    /// </param>
    /// <returns>The metrics of the whole.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, their features, norms or radii differ, or rows are missing or twice there.
    /// </exception>
    public static TreeRobustnessMetrics Merge(IEnumerable<TreeRobustnessMetrics> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        TreeRobustnessMetrics[] filled =
            [.. parts.Where(part => part.Report.Rows.Count > 0).OrderBy(part => part.Report.Rows[0].Row)];
        var whole = TreeRobustnessReport.Merge(filled.Select(part => part.Report));
        var first = filled[0];
        if (!filled.All(part => part.Norm == first.Norm && part.FeatureNames.SequenceEqual(first.FeatureNames)
            && part._epsilons.SequenceEqual(first._epsilons) && part.ClassNames.SequenceEqual(first.ClassNames)))
            throw new ArgumentException(
                "The parts differ in their features, classes, norms or radii: make all with the same model and options.",
                nameof(parts));
        return new TreeRobustnessMetrics(
            whole, first.Norm, first.FeatureNames, first.ClassNames, [.. filled.SelectMany(part => part._rows)], first._epsilons);
    }

    /// <summary>Returns the metrics as a table.</summary>
    /// <returns>Text in the invariant culture.</returns>
    public override string ToString() => TreeTable.Of(this);
}
