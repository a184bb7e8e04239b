namespace ML.Robustness.Attribution;

/// <summary>The statistic of the attributions of a row's noisy copies.</summary>
public enum NoiseCombination
{
    /// <summary>Their mean: SmoothGrad.</summary>
    Mean,

    /// <summary>The mean of their squares: SmoothGrad-squared, without signs and with more contrast.</summary>
    MeanOfSquares,

    /// <summary>Their variance, over the number of copies: VarGrad, zero where the noise changes nothing.</summary>
    Variance,

    /// <summary>The mean of their absolute values: without signs, so that copies of opposite signs do not cancel.</summary>
    MeanOfAbsolutes,
}
