using ML.Robustness.AttackSuites;
using ML.Robustness.Persistence;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Evaluation;

/// <summary>
/// The result of a suite of attacks with the statistics, the curve and the warnings of an evaluation; managed memory only.
/// </summary>
public sealed class RobustnessReport : AttackSuiteResult
{
    private readonly RobustnessFindings _found;

    internal RobustnessReport(AttackSuiteResult result, RobustnessFindings found, ResultPart part)
        : base(result)
    {
        (_found, EvaluatedPart) = (found, part);
        Interval = IntervalOf(RowResults.Count(verdict => verdict.IsRobust));
        // A network may know classes that the rows have none of.
        var classes = Math.Max(found.Classes,
            RowResults.Select(verdict => Math.Max(verdict.Prediction, verdict.CleanPrediction)).DefaultIfEmpty().Max() + 1);
        Classes = [.. Enumerable.Range(0, classes).Select(OutcomeOf)];
        var confusion = new long[classes][];
        for (var label = 0; label < classes; label++)
            confusion[label] = new long[classes];
        foreach (var verdict in RowResults)
            confusion[verdict.Label][verdict.Prediction]++;
        Confusion = confusion;
        Curve = [.. found.Curve.Select(
            point => new EpsilonPoint(point.Epsilon, (double)point.Robust / Rows, IntervalOf(point.Robust)))];
        ExactRobustAccuracy = (double?)found.ExactRobust / Rows;
        Warnings = found.Masking?.Judge(this) ?? [];
        var distances = RowResults.Where(verdict => verdict.Attack is not null).Select(verdict => verdict.Distance).Order()
            .ToArray();
        if (distances.Length == 0)
            return;
        MeanDistance = distances.Average();
        MedianDistance = (distances[(distances.Length - 1) / 2] + distances[distances.Length / 2]) / 2;
    }

    /// <summary>The rows and the evaluation that the report is of.</summary>
    internal ResultPart EvaluatedPart { get; }

    /// <summary>The perturbations that the adversary might use.</summary>
    public ThreatModel ThreatModel => _found.ThreatModel;

    /// <summary>Wilson's 95 % interval of <see cref="AttackSuiteResult.RobustAccuracy"/>, for the rows as a sample.</summary>
    public ConfidenceInterval Interval { get; }

    /// <summary>
    /// The robust accuracy that no attack can go below, where the network is linear and the threat model allows a closed form;
    /// else null.
    /// </summary>
    public double? ExactRobustAccuracy { get; }

    /// <summary>The accuracy at the radii asked for, ascending; empty where none were.</summary>
    public IReadOnlyList<EpsilonPoint> Curve { get; }

    /// <summary>The clean and the robust accuracy of each class.</summary>
    public IReadOnlyList<ClassAccuracy> Classes { get; }

    /// <summary>The number of rows of each class (first index) predicted as each class (second index) under attack.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Confusion { get; }

    /// <summary>The mean distance of the adversarial inputs from their rows; null where there are none.</summary>
    public double? MeanDistance { get; }

    /// <summary>The median distance of the adversarial inputs from their rows; null where there are none.</summary>
    public double? MedianDistance { get; }

    /// <summary>The reasons to doubt the robust accuracy; empty where none were found.</summary>
    /// <remarks>
    /// Some are found by comparing the first rows of the whole with each other: the report of a part that begins behind them has
    /// none of these, the merged report has.
    /// </remarks>
    public IReadOnlyList<RobustnessWarning> Warnings { get; }

    /// <summary>Merges the reports of parts of a data set into that of the whole.</summary>
    /// <remarks>
    /// As <see cref="AttackSuiteResult.Merge"/>: every number is computed anew from the verdicts, counts and measures of the
    /// rows, and is that of one evaluation of all rows.
    /// </remarks>
    /// <param name="parts">The reports of consecutive ranges of rows, in any order; each may be merged already.</param>
    /// <returns>The report of the whole.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, they are of different networks, suites, seeds or options, or rows are missing or twice there.
    /// </exception>
    public static RobustnessReport Merge(IEnumerable<RobustnessReport> parts)
    {
        var ordered = ResultPart.InOrder(parts, part => part.EvaluatedPart);
        return new RobustnessReport(
            AttackSuiteResult.Merge(ordered), RobustnessFindings.Merge([.. ordered.Select(part => part._found)]),
            ResultPart.Whole([.. ordered.Select(part => part.EvaluatedPart)]));
    }

    // Of no rows nothing is known.
    private ConfidenceInterval IntervalOf(long hits) =>
        Rows == 0 ? new ConfidenceInterval(0, 1) : ConfidenceInterval.Wilson(hits, Rows);

    private ClassAccuracy OutcomeOf(int label)
    {
        var rows = RowResults.Where(verdict => verdict.Label == label).ToArray();
        return new ClassAccuracy(
            label, rows.Length, (double)rows.Count(verdict => verdict.IsCorrect) / rows.Length,
            (double)rows.Count(verdict => verdict.IsRobust) / rows.Length);
    }
}
