using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>What an attribution method found, row by row in the order of its inputs.</summary>
public sealed class AttributionResult : IDisposable
{
    internal AttributionResult(Tensor values, Tensor targets, Tensor scores, Tensor? completenessGaps) =>
        (Values, Targets, Scores, CompletenessGaps) = (values, targets, scores, completenessGaps);

    /// <summary>
    /// The attributions: shape, element type and device of the inputs; positive where a value speaks for the score.
    /// </summary>
    public Tensor Values { get; }

    /// <summary>(N), Int64: the class whose score is explained; of a margin, the first of its two.</summary>
    public Tensor Targets { get; }

    /// <summary>(N): the explained score of each row, a logit or the difference of two.</summary>
    public Tensor Scores { get; }

    /// <summary>
    /// (N): by how much a row's attributions fail to add up to what they should, or null where the method promises no sum or
    /// explains noisy copies.
    /// </summary>
    /// <remarks>For <see cref="IntegratedGradients"/>: Σ attributions − (score − score at the baseline).</remarks>
    public Tensor? CompletenessGaps { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Targets.Dispose();
        Scores.Dispose();
        CompletenessGaps?.Dispose();
    }
}
