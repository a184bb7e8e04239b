using System.Globalization;

namespace ML.Robustness.Transforms;

/// <summary>What <c>EvaluateRobustness</c> found.</summary>
/// <param name="CleanAccuracy">The share of rows classified rightly as they are, 0 to 1.</param>
/// <param name="RobustAccuracy">The share of rows classified rightly both as they are and under attack, 0 to 1: an upper bound, which a stronger attack can only lower.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Attack">The attack, as text.</param>
public sealed record RobustnessMetrics(double CleanAccuracy, double RobustAccuracy, long Rows, string Attack)
{
    /// <summary>Returns the metrics in one line.</summary>
    /// <returns>Text in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"clean accuracy {CleanAccuracy:P2}, robust accuracy {RobustAccuracy:P2} under {Attack}, {Rows} rows");
}
