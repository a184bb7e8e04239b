using ML.Robustness.ThreatModels;

namespace ML.Robustness.Evaluation;

/// <summary>What an evaluation found beside the verdicts of its suite, in counts and rows that add up.</summary>
/// <param name="ThreatModel">The perturbations that the adversary might use.</param>
/// <param name="Classes">The classes of the data set.</param>
/// <param name="Curve">How many rows are robust at each radius, ascending.</param>
/// <param name="ExactRobust">How many rows no attack can break, where there is a closed form.</param>
/// <param name="Masking">What tells of gradient masking; null where it was not looked for.</param>
internal sealed record RobustnessFindings(
    ThreatModel ThreatModel, int Classes, IReadOnlyList<(double Epsilon, long Robust)> Curve, long? ExactRobust,
    MaskingEvidence? Masking)
{
    /// <summary>The findings of the whole, of parts in the order of their rows.</summary>
    internal static RobustnessFindings Merge(IReadOnlyList<RobustnessFindings> parts) => parts[0] with
    {
        Curve = [.. parts[0].Curve.Select(
            (point, place) => (point.Epsilon, parts.Sum(part => part.Curve[place].Robust)))],
        ExactRobust = parts.Any(part => part.ExactRobust is null) ? null : parts.Sum(part => part.ExactRobust),
        Masking = parts[0].Masking is null ? null : MaskingEvidence.Merge([.. parts.Select(part => part.Masking!)]),
    };
}
