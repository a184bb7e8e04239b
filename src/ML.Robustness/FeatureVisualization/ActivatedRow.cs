namespace ML.Robustness.FeatureVisualization;

/// <summary>A row of a data set and how strongly a feature answers to it.</summary>
/// <param name="Row">The row's number in the data set.</param>
/// <param name="Label">Its label.</param>
/// <param name="Score">The objective.</param>
/// <param name="Values">Its values in the order of the input.</param>
public sealed record ActivatedRow(long Row, long Label, double Score, ReadOnlyMemory<float> Values);
