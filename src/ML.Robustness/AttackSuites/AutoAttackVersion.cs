namespace ML.Robustness.AttackSuites;

/// <summary>The versions of AutoAttack.</summary>
public enum AutoAttackVersion
{
    /// <summary>APGD-CE, APGD-T, FAB-T and Square: the one that leaderboards use.</summary>
    Standard,

    /// <summary>APGD-CE, APGD-DLR and FAB-T with five restarts each, Square and APGD-T: slower, and seldom stronger.</summary>
    Plus,

    /// <summary>
    /// APGD-CE and APGD-DLR, each gradient and verdict the mean of 20 passes: for networks that answer at random.
    /// </summary>
    Rand,
}
