namespace ML.Robustness.AttributionMetrics;

/// <summary>A measure of explanations with what it says.</summary>
/// <param name="Name">The measure's name, as tables show it.</param>
/// <param name="HigherIsBetter">Whether larger values speak for the explanations; false where smaller ones do.</param>
/// <param name="Meaning">What it says, in plain words.</param>
/// <param name="Value">Its value.</param>
public sealed record AttributionMeasure(string Name, bool HigherIsBetter, string Meaning, MeanWithError Value);
