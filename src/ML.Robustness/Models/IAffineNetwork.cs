namespace ML.Robustness.Models;

/// <summary>A network that may be an affine function of those values of its inputs that are not fixed.</summary>
internal interface IAffineNetwork
{
    /// <summary>Whether it is.</summary>
    bool IsAffine { get; }
}
