using ML.Robustness.AttackSuites;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Evaluation;

/// <summary>What an evaluation found; managed memory only.</summary>
public sealed class RobustnessReport
{
    private readonly AttackSuiteResult _result;

    internal RobustnessReport(ThreatModel threatModel, AttackSuiteResult result, int classes)
    {
        _result = result;
        ThreatModel = threatModel;
        Interval = ConfidenceInterval.Wilson(result.RowResults.Count(verdict => verdict.IsRobust), Rows);
        // A network may know classes that the rows have none of.
        classes = Math.Max(classes, result.RowResults.Max(verdict => Math.Max(verdict.Prediction, verdict.CleanPrediction)) + 1);
        Classes = [.. Enumerable.Range(0, classes).Select(OutcomeOf)];
        var confusion = new long[classes][];
        for (var label = 0; label < classes; label++)
            confusion[label] = new long[classes];
        foreach (var verdict in result.RowResults)
            confusion[verdict.Label][verdict.Prediction]++;
        Confusion = confusion;
        var distances = result.RowResults.Where(verdict => verdict.Attack is not null).Select(verdict => verdict.Distance).Order().ToArray();
        if (distances.Length == 0)
            return;
        MeanDistance = distances.Average();
        MedianDistance = (distances[(distances.Length - 1) / 2] + distances[distances.Length / 2]) / 2;
    }

    /// <summary>Gets what the adversary might do.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>Gets the number of rows.</summary>
    public long Rows => _result.RowResults.Count;

    /// <summary>Gets the share of rows classified rightly as they are, 0 to 1.</summary>
    public double CleanAccuracy => _result.CleanAccuracy;

    /// <summary>Gets the share of rows classified rightly both as they are and under every attack, 0 to 1: an upper bound, which a stronger attack can only lower.</summary>
    public double RobustAccuracy => _result.RobustAccuracy;

    /// <summary>Gets Wilson's 95 % interval of <see cref="RobustAccuracy"/>, for the rows as a sample.</summary>
    public ConfidenceInterval Interval { get; }

    /// <summary>Gets the robust accuracy that no attack can go below, where the network is linear and the threat model allows a closed form; else null.</summary>
    public double? ExactRobustAccuracy { get; internal init; }

    /// <summary>Gets what each attack achieved, in the order in which they ran.</summary>
    public IReadOnlyList<AttackStatistics> Attacks => _result.Attacks;

    /// <summary>Gets the accuracy at the radii asked for, ascending; empty where none were.</summary>
    public IReadOnlyList<EpsilonPoint> Curve { get; internal init; } = [];

    /// <summary>Gets how each class fared.</summary>
    public IReadOnlyList<ClassAccuracy> Classes { get; }

    /// <summary>Gets how many rows of each class (first index) were predicted as each class (second index) under attack.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Confusion { get; }

    /// <summary>Gets how far the adversarial inputs lie from their rows on average; null where there are none.</summary>
    public double? MeanDistance { get; }

    /// <summary>Gets how far the adversarial inputs lie from their rows in the median; null where there are none.</summary>
    public double? MedianDistance { get; }

    /// <summary>Gets the rows sent through the network by all attacks.</summary>
    public long Queries => _result.Queries;

    /// <summary>Gets how long the attacks ran, those of the curve and the checks not counted.</summary>
    public TimeSpan Duration => _result.Duration;

    /// <summary>Gets the reasons to doubt the robust accuracy; empty where none were found.</summary>
    public IReadOnlyList<RobustnessWarning> Warnings { get; internal init; } = [];

    /// <summary>Gets what the attacks had to say, for example that a loss does not fit so few classes; mostly empty.</summary>
    public IReadOnlyList<string> Messages => _result.Messages;

    /// <summary>Gets a verdict for each row, in the order of the data set.</summary>
    public IReadOnlyList<RowResult> RowResults => _result.RowResults;

    /// <summary>Gets the adversarial input that was found for a row.</summary>
    /// <param name="row">The row's place in the data set.</param>
    /// <returns>Its values in the order of the input; null where there is none.</returns>
    /// <exception cref="InvalidOperationException">The inputs were not kept.</exception>
    public ReadOnlyMemory<float>? InputOf(int row) => _result.InputOf(row);

    private ClassAccuracy OutcomeOf(int label)
    {
        var rows = _result.RowResults.Where(verdict => verdict.Label == label).ToArray();
        return new ClassAccuracy(
            label, rows.Length, (double)rows.Count(verdict => verdict.IsCorrect) / rows.Length, (double)rows.Count(verdict => verdict.IsRobust) / rows.Length);
    }
}
