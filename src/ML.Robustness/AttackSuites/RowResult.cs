namespace ML.Robustness.AttackSuites;

/// <summary>What a suite of attacks found out about one row.</summary>
/// <param name="Row">The row's number: its place in the data set, from the data set's first row.</param>
/// <param name="Label">The true class.</param>
/// <param name="CleanPrediction">The class predicted for the row as it is.</param>
/// <param name="Prediction">
/// The class predicted under attack: of the adversarial input that was found, else of the row as it is.
/// </param>
/// <param name="Attack">
/// The place in the suite of the attack that fooled the network first; null where none did, or none was needed.
/// </param>
/// <param name="Distance">
/// How far the adversarial input lies from the row, in the threat model's norm; NaN where there is none.
/// </param>
public readonly record struct RowResult(long Row, int Label, int CleanPrediction, int Prediction, int? Attack, double Distance)
{
    /// <summary>Whether the row is classified rightly as it is.</summary>
    public bool IsCorrect => CleanPrediction == Label;

    /// <summary>Whether the row is classified rightly both as it is and under every attack.</summary>
    public bool IsRobust => IsCorrect && Attack is null;
}
