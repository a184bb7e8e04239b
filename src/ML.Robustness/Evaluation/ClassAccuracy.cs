namespace ML.Robustness.Evaluation;

/// <summary>How one class fared.</summary>
/// <param name="Class">The class, from zero.</param>
/// <param name="Rows">The rows of this class.</param>
/// <param name="CleanAccuracy">The share of them classified rightly as they are, 0 to 1; NaN where there are none.</param>
/// <param name="RobustAccuracy">
/// The share of them classified rightly both as they are and under every attack, 0 to 1; NaN where there are none.
/// </param>
public sealed record ClassAccuracy(int Class, long Rows, double CleanAccuracy, double RobustAccuracy);
