using ML.Robustness.AttributionMetrics;
using ML.Robustness.Transforms.Evaluation;

namespace ML.Robustness.Transforms.Reports;

/// <summary>What a report of models says of one of them.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Robustness">Its accuracies.</param>
/// <param name="Attributions">How good its explanations are.</param>
public sealed record ModelReportEntry(string Name, RobustnessMetrics Robustness, AttributionQualityReport Attributions)
{
    /// <summary>Gets all numbers by name: the accuracies, 0 to 1, then the means of the explanations' measures.</summary>
    public IReadOnlyDictionary<string, double> Metrics => new Dictionary<string, double>(
    [
        new("Clean accuracy", Robustness.CleanAccuracy), new("Robust accuracy", Robustness.RobustAccuracy),
        .. Attributions.Measures.Select(measure => new KeyValuePair<string, double>(measure.Name, measure.Value.Mean)),
    ]);
}
