using ML.Robustness.AttackSuites;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Evaluation;

/// <summary>
/// The result of a suite of attacks with the statistics, the curve and the warnings of an evaluation; managed memory only.
/// </summary>
public sealed class RobustnessReport : AttackSuiteResult
{
    internal RobustnessReport(ThreatModel threatModel, AttackSuiteResult result, int classes)
        : base(result)
    {
        ThreatModel = threatModel;
        Interval = ConfidenceInterval.Wilson(RowResults.Count(verdict => verdict.IsRobust), Rows);
        // A network may know classes that the rows have none of.
        classes = Math.Max(classes, RowResults.Max(verdict => Math.Max(verdict.Prediction, verdict.CleanPrediction)) + 1);
        Classes = [.. Enumerable.Range(0, classes).Select(OutcomeOf)];
        var confusion = new long[classes][];
        for (var label = 0; label < classes; label++)
            confusion[label] = new long[classes];
        foreach (var verdict in RowResults)
            confusion[verdict.Label][verdict.Prediction]++;
        Confusion = confusion;
        var distances = RowResults.Where(verdict => verdict.Attack is not null).Select(verdict => verdict.Distance).Order()
            .ToArray();
        if (distances.Length == 0)
            return;
        MeanDistance = distances.Average();
        MedianDistance = (distances[(distances.Length - 1) / 2] + distances[distances.Length / 2]) / 2;
    }

    /// <summary>The perturbations that the adversary might use.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>Wilson's 95 % interval of <see cref="AttackSuiteResult.RobustAccuracy"/>, for the rows as a sample.</summary>
    public ConfidenceInterval Interval { get; }

    /// <summary>
    /// The robust accuracy that no attack can go below, where the network is linear and the threat model allows a closed form;
    /// else null.
    /// </summary>
    public double? ExactRobustAccuracy { get; internal init; }

    /// <summary>The accuracy at the radii asked for, ascending; empty where none were.</summary>
    public IReadOnlyList<EpsilonPoint> Curve { get; internal init; } = [];

    /// <summary>The clean and the robust accuracy of each class.</summary>
    public IReadOnlyList<ClassAccuracy> Classes { get; }

    /// <summary>The number of rows of each class (first index) predicted as each class (second index) under attack.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Confusion { get; }

    /// <summary>The mean distance of the adversarial inputs from their rows; null where there are none.</summary>
    public double? MeanDistance { get; }

    /// <summary>The median distance of the adversarial inputs from their rows; null where there are none.</summary>
    public double? MedianDistance { get; }

    /// <summary>The reasons to doubt the robust accuracy; empty where none were found.</summary>
    public IReadOnlyList<RobustnessWarning> Warnings { get; internal init; } = [];

    private ClassAccuracy OutcomeOf(int label)
    {
        var rows = RowResults.Where(verdict => verdict.Label == label).ToArray();
        return new ClassAccuracy(
            label, rows.Length, (double)rows.Count(verdict => verdict.IsCorrect) / rows.Length,
            (double)rows.Count(verdict => verdict.IsRobust) / rows.Length);
    }
}
