namespace ML.Robustness.TreeEnsembles;

/// <summary>The accuracies of a tree ensemble at one radius.</summary>
/// <param name="Epsilon">The radius.</param>
/// <param name="CertifiedAccuracy">
/// The share of rows that are classified rightly under every change of at most this size, as certified: a lower bound.
/// </param>
/// <param name="ExactAccuracy">The share itself; null where the exact radius of a row is not known.</param>
/// <param name="AttackedAccuracy">The share of rows that the attack did not break: an upper bound.</param>
public sealed record TreeRobustnessPoint(
    double Epsilon, double CertifiedAccuracy, double? ExactAccuracy, double AttackedAccuracy);
