namespace ML.Robustness.Attacks;

/// <summary>The random directions along which <see cref="GradientEstimateAttack"/> compares scores.</summary>
public enum EstimateDirections
{
    /// <summary>Each feature up or down by the same amount: SPSA.</summary>
    Rademacher = 0,

    /// <summary>Normal numbers: NES.</summary>
    Normal = 1,
}
