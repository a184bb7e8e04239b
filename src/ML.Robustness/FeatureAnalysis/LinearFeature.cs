namespace ML.Robustness.FeatureAnalysis;

/// <summary>A linear feature f(x) = aᵀ(x − E[x])/‖a‖_Σ, scaled to variance one.</summary>
/// <param name="Deviation">
/// ‖a‖_Σ for the direction a of length one: the standard deviation of the data along it. Along singular vectors, the singular
/// value of the centred rows over the root of their number.
/// </param>
/// <param name="Usefulness">E[y·f(x)], zero to one: the sign of f is the one with which it is useful.</param>
/// <param name="RobustUsefulness">E[min y·f(x + δ)] over the threat model: <paramref name="Usefulness"/> − ε‖a‖_*/‖a‖_Σ.</param>
public readonly record struct LinearFeature(double Deviation, double Usefulness, double RobustUsefulness)
{
    /// <summary>Whether the feature is robust: its robust usefulness is above zero.</summary>
    public bool IsRobust => RobustUsefulness > 0;
}
