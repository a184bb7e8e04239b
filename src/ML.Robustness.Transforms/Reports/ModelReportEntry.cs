using ML.Robustness.AttributionMetrics;
using ML.Robustness.Transforms.Evaluation;

namespace ML.Robustness.Transforms.Reports;

/// <summary>The results of one model in a report.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Robustness">Its accuracies.</param>
/// <param name="Attributions">The quality of its attributions.</param>
public sealed record ModelReportEntry(string Name, RobustnessMetrics Robustness, AttributionQualityReport Attributions)
{
    /// <summary>All numbers by name: the accuracies, 0 to 1, then the means of the measures of the attributions.</summary>
    public IReadOnlyDictionary<string, double> Metrics => new Dictionary<string, double>(
    [
        new("Clean accuracy", Robustness.CleanAccuracy), new("Robust accuracy", Robustness.RobustAccuracy),
        .. Attributions.Measures.Select(measure => new KeyValuePair<string, double>(measure.Name, measure.Value.Mean)),
    ]);
}
