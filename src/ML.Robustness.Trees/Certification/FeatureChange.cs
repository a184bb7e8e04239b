namespace ML.Robustness.Trees.Certification;

/// <summary>What an adversarial row has changed of one feature.</summary>
/// <param name="Name">The feature: its column, or its slot's name where the column is a vector.</param>
/// <param name="Before">Its value in the data.</param>
/// <param name="After">Its value in the adversarial row.</param>
public sealed record FeatureChange(string Name, float Before, float After);
