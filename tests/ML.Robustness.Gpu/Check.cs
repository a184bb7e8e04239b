namespace ML.Robustness.Gpu;

/// <summary>Something that the library does, to be run on both devices and compared.</summary>
/// <param name="Area">The part of the library.</param>
/// <param name="Name">What is done.</param>
/// <param name="Run">Does it on the device of the findings.</param>
/// <param name="Tolerance">By how much numbers may differ: absolute below one, relative above.</param>
/// <param name="MayDiffer">
/// The share of values, and of verdicts, that may differ by more: rounding flips what stands on an edge.
/// </param>
internal sealed record Check(string Area, string Name, Action<Findings> Run, double Tolerance, double MayDiffer = 0);
