namespace AttackMyModel;

/// <summary>A row that a model misclassifies, found near one that it classifies rightly.</summary>
/// <param name="Attack">The attack that found it.</param>
/// <param name="IsBlackBox">Whether the attack saw scores or labels alone.</param>
/// <param name="Distance">The distance from the row, in units.</param>
/// <param name="Features">The raw columns.</param>
internal sealed record AdversarialRow(string Attack, bool IsBlackBox, double Distance, float[] Features);
