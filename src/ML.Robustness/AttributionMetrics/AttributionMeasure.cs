namespace ML.Robustness.AttributionMetrics;

/// <summary>A measure of attribution quality with its meaning.</summary>
/// <param name="Name">The measure's name, as tables show it.</param>
/// <param name="HigherIsBetter">Whether larger values speak for the attributions; false where smaller ones do.</param>
/// <param name="Meaning">What it says, in plain words.</param>
/// <param name="Value">Its value.</param>
public sealed record AttributionMeasure(string Name, bool HigherIsBetter, string Meaning, MeanWithError Value);
