using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>The images of a <see cref="Morph"/>, row by row in the order of its originals.</summary>
public sealed class MorphResult : IDisposable
{
    internal MorphResult(IReadOnlyList<int> steps, Tensor values, Tensor probabilities) =>
        (Steps, Values, Probabilities) = (steps, values, probabilities);

    /// <summary>The numbers of steps after which the images were kept.</summary>
    public IReadOnlyList<int> Steps { get; }

    /// <summary>The images, (N, images, …), inside the threat model.</summary>
    public Tensor Values { get; }

    /// <summary>The probability that the network gives the target, (N, images), 0 to 1.</summary>
    public Tensor Probabilities { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Probabilities.Dispose();
    }
}
