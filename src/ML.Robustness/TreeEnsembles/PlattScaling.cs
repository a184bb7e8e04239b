namespace ML.Robustness.TreeEnsembles;

/// <summary>A calibration of scores: the probability is 1 / (1 + exp(Slope · score + Offset)).</summary>
/// <param name="Slope">The factor of the score, below zero.</param>
/// <param name="Offset">The number added.</param>
public readonly record struct PlattScaling(double Slope, double Offset);
