namespace ML.Robustness.Faults.Mutations;

/// <summary>A damaged file.</summary>
/// <param name="File">Its bytes.</param>
/// <param name="What">What was done to it.</param>
/// <param name="IsSealed">Whether its checksums are right, so that it may hold other content.</param>
internal sealed record Mutant(byte[] File, string What, bool IsSealed);
