using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>What a <see cref="FeatureVisualizer"/> found, row by row in the order of its starts.</summary>
public sealed class FeatureVisualizationResult : IDisposable
{
    internal FeatureVisualizationResult(Tensor values, Tensor scores, Tensor startScores) =>
        (Values, Scores, StartScores) = (values, scores, startScores);

    /// <summary>The inputs: shape, element type and device of the starts, inside the threat model.</summary>
    public Tensor Values { get; }

    /// <summary>The objective of the inputs, (N), without any augmentation.</summary>
    public Tensor Scores { get; }

    /// <summary>The objective of the starts, (N).</summary>
    public Tensor StartScores { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Scores.Dispose();
        StartScores.Dispose();
    }
}
