using System.Globalization;
using System.Runtime.CompilerServices;
using ML.Robustness.Data;
using ML.Robustness.Numerics;

namespace ML.Robustness.TreeEnsembles;

/// <summary>Measures how far rows are from another class of a tree ensemble: a certified bound, an attack, and the exact
/// value.</summary>
/// <remarks>
/// The bound is that of multi-level cliques (Chen et al. 2019, arXiv 1906.03849), the attack a search over leaf tuples after
/// LT-Attack (Zhang et al. 2020, arXiv 2010.11598), the exact value a branch and bound over the leaves.
/// </remarks>
public sealed class TreeCertifier
{
    /// <summary>The tuples of leaves that a group of trees may have before it is split in two.</summary>
    internal const int MostTuples = 1 << 16;

    private const int MostGroup = 64;

    private double[]? _units;
    private ValueRange[]? _ranges;

    /// <summary>The norm of a change, each feature's in its unit.</summary>
    /// <value>The default is L∞.</value>
    public TreeNorm Norm { get; init => field = ArgumentChecks.Defined(value); }

    /// <summary>The unit of each feature: a change of a unit has the size 1.</summary>
    /// <value>Finite numbers of zero or more; 0 fixes a feature. The default, null, is 1 for all.</value>
    /// <exception cref="ArgumentException">A unit is negative or not finite.</exception>
    public IReadOnlyList<double>? Units
    {
        get => _units;
        init => _units = value is null ? null : CheckUnits([.. value]);
    }

    /// <summary>The range of each feature, which a change does not leave.</summary>
    /// <value>One for all, or one for each feature. The default, null, is no bounds.</value>
    public IReadOnlyList<ValueRange>? Ranges
    {
        get => _ranges;
        init => _ranges = value is null ? null : [.. value];
    }

    /// <summary>The number of trees taken together at each level of the bound (T).</summary>
    /// <value>1 or more. The default is 2.</value>
    public int MaxClique { get; init => field = ArgumentChecks.InRange(value, 1, MostGroup); } = 2;

    /// <summary>The number of levels of the bound (L): its groups are of <see cref="MaxClique"/> to the power of it.</summary>
    /// <value>1 to 6. The default is 2.</value>
    public int Levels { get; init => field = ArgumentChecks.InRange(value, 1, 6); } = 2;

    /// <summary>Whether the exact radius is searched for.</summary>
    /// <value>The default is false.</value>
    public bool ComputeExact { get; init; }

    /// <summary>The nodes of the exact search for a row, after which its radius counts as not known.</summary>
    /// <value>1 or more. The default is 200 000.</value>
    public int MaxSearchNodes { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 200_000;

    /// <summary>The number of points from which the attack starts.</summary>
    /// <value>1 or more. The default is 20.</value>
    public int AttackStarts { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 20;

    /// <summary>The number of times that the attack starts again around the nearest adversarial row.</summary>
    /// <value>0 or more. The default is 20.</value>
    public int AttackRestarts { get; init => field = ArgumentChecks.AtLeast(value, 0); } = 20;

    /// <summary>The seed of the rows' random numbers.</summary>
    /// <value>Any number. The default is 0.</value>
    public ulong Seed { get; init; }

    /// <summary>The number of the first row within the whole that the rows are a part of.</summary>
    /// <value>0 or more. The default is 0.</value>
    public long FirstRow { get; init => field = ArgumentChecks.FirstRow(value); }

    /// <summary>The number of threads; results do not depend on it.</summary>
    /// <value>1 or more. The default, null, is one for each processor.</value>
    public int? Threads { get; init => field = ArgumentChecks.AtLeastOrNull(value, 1); }

    /// <summary>The receiver of the share of rows done, 0 to 1, called on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<double>? Progress { get; init; }

    internal int GroupSize => (int)Math.Min(MostGroup, Math.Pow(MaxClique, Levels));

    /// <summary>Measures rows.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="rows">The features of each row, all of one length.</param>
    /// <param name="labels">The class of each row.</param>
    /// <param name="cancellation">Ends the measure early.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ArgumentException">
    /// Rows, labels, units or ranges do not fit together, or a row is not finite or outside its range.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public TreeRobustnessReport Certify(
        TreeClassifier classifier, IReadOnlyList<float[]> rows, IReadOnlyList<int> labels,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        CheckRows(classifier, rows, labels);
        var results = new TreeRowResult[rows.Count];
        var threads = Threads ?? Environment.ProcessorCount;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        var certification = new RowCertification(classifier, this, cancellation);
        // Progress is told between blocks, so that it is told by the calling thread.
        var block = Progress is null ? rows.Count : 4 * threads;
        for (var first = 0; first < rows.Count; first += block)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = Math.Min(first + block, rows.Count);
            Parallel.For(first, end, options, row =>
                results[row] = certification.Run(rows[row], labels[row], FirstRow + row));
            Progress?.Report((double)end / rows.Count);
        }
        return new TreeRobustnessReport(results);
    }

    /// <summary>Attacks rows without certifying them.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="rows">The features of each row.</param>
    /// <param name="labels">The class of each row.</param>
    /// <param name="numbers">The numbers that the rows' random numbers follow.</param>
    /// <param name="radius">The distance that adversarial rows have at most.</param>
    /// <returns>Each row's nearest adversarial row; null for none, and for rows that are classified wrongly.</returns>
    internal float[]?[] Attack(
        TreeClassifier classifier, IReadOnlyList<float[]> rows, IReadOnlyList<int> labels, IReadOnlyList<long> numbers,
        double radius)
    {
        CheckRows(classifier, rows, labels);
        var found = new float[]?[rows.Count];
        var certification = new RowCertification(classifier, this, CancellationToken.None);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads ?? Environment.ProcessorCount };
        Parallel.For(0, rows.Count, options, row =>
        {
            if (classifier.Predict(rows[row]) == labels[row]
                && certification.Attack(rows[row], labels[row], numbers[row]) is { Point: { } point, Distance: var distance }
                && distance <= radius)
                found[row] = point;
        });
        return found;
    }

    internal RowGeometry GeometryOf(float[] row) => new(
        row, Norm, _units ?? Array.ConvertAll(row, _ => 1.0), feature => _ranges is null
            ? (float.NegativeInfinity, float.PositiveInfinity)
            : Bounds(_ranges[_ranges.Length == 1 ? 0 : feature]));

    // The least and greatest float inside; the bound below is open.
    private static (float Low, float High) Bounds(ValueRange range)
    {
        var (low, high) = ((float)range.Minimum, (float)range.Maximum);
        return (low < range.Minimum ? low : MathF.BitDecrement(low), high > range.Maximum ? MathF.BitDecrement(high) : high);
    }

    private static double[] CheckUnits(double[] units, [CallerMemberName] string name = "")
    {
        var place = Array.FindIndex(units, unit => !(unit >= 0 && double.IsFinite(unit)));
        return place < 0 ? units : throw new ArgumentException(
            string.Create(CultureInfo.InvariantCulture,
                $"A unit is a finite number of zero or more, but feature {place} has {units[place]}."), name);
    }

    private void CheckRows(TreeClassifier classifier, IReadOnlyList<float[]> rows, IReadOnlyList<int> labels)
    {
        if (labels.Count != rows.Count)
            throw new ArgumentException($"Each of the {rows.Count} rows needs a label, got {labels.Count}.", nameof(labels));
        var length = rows.Count == 0 ? classifier.FeatureCount : rows[0].Length;
        if (length < classifier.FeatureCount)
            throw new ArgumentException(
                $"The trees need rows of {classifier.FeatureCount} features or more, got {length}.", nameof(rows));
        if (_units is not null && _units.Length != length)
            throw new ArgumentException(
                $"Units has {_units.Length} values, but a row has {length} features: give one for each.", nameof(rows));
        if (_ranges is not null && _ranges.Length != 1 && _ranges.Length != length)
            throw new ArgumentException(
                $"Ranges has {_ranges.Length} values, but a row has {length} features: give one, or one for each.", nameof(rows));
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row].Length != length)
                throw new ArgumentException(
                    $"Row {FirstRow + row} has {rows[row].Length} features, but the first has {length}.", nameof(rows));
            if (labels[row] < 0 || labels[row] >= classifier.Classes)
                throw new ArgumentException(
                    $"Row {FirstRow + row} has the label {labels[row]}: expected 0 to {classifier.Classes - 1}.", nameof(labels));
            CheckRow(rows[row], FirstRow + row);
        }
    }

    private void CheckRow(float[] row, long number)
    {
        for (var feature = 0; feature < row.Length; feature++)
        {
            var value = row[feature];
            if (!float.IsFinite(value))
                throw new ArgumentException(
                    $"Row {number} holds {(float.IsNaN(value) ? "NaN" : "an infinite value")} (feature {feature}), but features "
                    + "must be finite: a missing value has no distance to others. Leave such rows out.", nameof(row));
            if (_ranges is null)
                continue;
            var range = _ranges[_ranges.Length == 1 ? 0 : feature];
            if (value < range.Minimum || value > range.Maximum)
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Row {number} has {value} in feature {feature}, outside its range {range}. Give Ranges that hold "
                            + $"all rows."),
                    nameof(row));
        }
    }
}
