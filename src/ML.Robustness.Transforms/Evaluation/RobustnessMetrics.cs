using Microsoft.ML;
using ML.Robustness.Evaluation;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>What <c>EvaluateRobustness</c> found.</summary>
public sealed class RobustnessMetrics
{
    private readonly RowResultRows _rows;

    private readonly ResultPart _part;

    internal RobustnessMetrics(
        RobustnessReport report, string attack, IReadOnlyList<string> classNames, RowResultRows rows, ResultPart part)
    {
        _part = part;
        Report = report;
        Attack = attack;
        ClassNames = classNames;
        _rows = rows;
    }

    /// <summary>The whole report: each attack, class and row, the curve, distances, queries, time and warnings.</summary>
    public RobustnessReport Report { get; }

    /// <summary>The share of rows classified rightly as they are, 0 to 1.</summary>
    public double CleanAccuracy => Report.CleanAccuracy;

    /// <summary>
    /// The share of rows classified rightly both as they are and under every attack, 0 to 1: an upper bound, which a stronger
    /// attack can only lower.
    /// </summary>
    public double RobustAccuracy => Report.RobustAccuracy;

    /// <summary>The 95 % interval of <see cref="RobustAccuracy"/>.</summary>
    public ConfidenceInterval Interval => Report.Interval;

    /// <summary>The number of rows.</summary>
    public long Rows => Report.Rows;

    /// <summary>The attacks, as text.</summary>
    public string Attack { get; }

    /// <summary>The reasons to doubt the robust accuracy; empty where none were found.</summary>
    public IReadOnlyList<RobustnessWarning> Warnings => Report.Warnings;

    /// <summary>Why the model was attacked by its scores alone; null where it was attacked with gradients.</summary>
    public string? NoGradients { get; internal init; }

    /// <summary>The classes' names: the labels' values where they are text, else numbers.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Merges the metrics of parts of the data into those of the whole.</summary>
    /// <remarks>
    /// Each part was evaluated with the <see cref="RobustnessOptions.FirstRow"/> of its own, the same model and the same other
    /// options; the batch size may differ. Every number is that of one evaluation of all rows. Times are summed. To merge the
    /// files of <see cref="RobustnessOptions.StatePath"/>, for example of several machines, call
    /// <see cref="AttackSuites.AttackSuite.MergeStates"/>.
    /// </remarks>
    /// <param name="parts">The metrics of consecutive ranges of rows, in any order; each may be merged already.</param>
    /// <returns>The metrics of the whole.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, they are of different models, columns or options, or rows are missing or twice there.
    /// </exception>
    public static RobustnessMetrics Merge(IEnumerable<RobustnessMetrics> parts)
    {
        var ordered = ResultPart.InOrder(parts, part => part._part);
        var first = ordered[0];
        return new RobustnessMetrics(
            RobustnessReport.Merge(ordered.Select(part => part.Report)), first.Attack, first.ClassNames,
            RowResultRows.Merge([.. ordered.Select(part => part._rows)]),
            ResultPart.Whole([.. ordered.Select(part => part._part)]))
        {
            NoGradients = first.NoGradients,
        };
    }

    /// <summary>The verdict for each row, in the order of the data.</summary>
    /// <remarks>
    /// Columns: <c>Row</c>, the label's, <c>CleanPrediction</c> and <c>AttackedPrediction</c> (keys), <c>IsRobust</c>,
    /// <c>Attack</c> (empty where none succeeded), <c>Distance</c> (NaN there). With <see cref="RobustnessOptions.KeepInputs"/>
    /// also the column that was attacked, with the adversarial features where there are some and the row's own elsewhere, so that
    /// the rows can be saved and scored again; bytes are rounded.
    /// </remarks>
    /// <returns>The rows, in memory.</returns>
    public IDataView ToDataView() => _rows.ToDataView(Report, ClassNames);

    /// <summary>
    /// Returns the metrics as tables: attacks, then classes and confusion under attack, in the manner of ML.NET's confusion
    /// table.
    /// </summary>
    /// <returns>Text in the invariant culture.</returns>
    public override string ToString() => MetricsTable.Of(this);
}
