namespace ML.Robustness.Evaluation;

/// <summary>The accuracy at one radius.</summary>
/// <param name="Epsilon">The radius.</param>
/// <param name="RobustAccuracy">
/// The share of rows classified rightly as they are and under every attack of this radius or a smaller one, 0 to 1; where the
/// radius is smaller than the one evaluated, rows that withstood that one count without being attacked again.
/// </param>
/// <param name="Interval">Its 95 % interval.</param>
public sealed record EpsilonPoint(double Epsilon, double RobustAccuracy, ConfidenceInterval Interval);
