namespace ML.Robustness.TreeEnsembles;

/// <summary>How far one row is from another class: certified ≤ exact ≤ attacked.</summary>
/// <param name="Row">The number of the row within the whole.</param>
/// <param name="Label">The class of the row.</param>
/// <param name="Prediction">The class that the model predicts; where it is not the label, all distances are 0.</param>
/// <param name="CertifiedRadius">
/// A radius below which no change alters the prediction; infinity where none of any size does.
/// </param>
/// <param name="ExactRadius">
/// The infimum of the distances of changes that alter the prediction; null where it was not asked for, or not found within the
/// limit of work.
/// </param>
/// <param name="AttackedDistance">
/// The distance of the nearest adversarial row that was found; infinity for none. It is at least the radius: a value just above
/// a threshold is one float beyond it.
/// </param>
/// <param name="AdversarialRow">The nearest adversarial row that was found; null for none.</param>
public sealed record TreeRowResult(
    long Row, int Label, int Prediction, double CertifiedRadius, double? ExactRadius, double AttackedDistance,
    IReadOnlyList<float>? AdversarialRow)
{
    /// <summary>Whether the model predicts the row's label.</summary>
    public bool IsCorrect => Label == Prediction;

    internal bool IsWithstood(double distance, double epsilon) => IsCorrect && (epsilon == 0 || distance > epsilon);
}
