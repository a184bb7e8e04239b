using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>The pictures of a <see cref="Morph"/>, row by row in the order of its originals.</summary>
public sealed class MorphResult : IDisposable
{
    internal MorphResult(IReadOnlyList<int> steps, Tensor values, Tensor probabilities) => (Steps, Values, Probabilities) = (steps, values, probabilities);

    /// <summary>Gets after how many steps each picture was taken.</summary>
    public IReadOnlyList<int> Steps { get; }

    /// <summary>Gets the pictures, (N, pictures, …), inside the threat model.</summary>
    public Tensor Values { get; }

    /// <summary>Gets (N, pictures): the probability that the network gives the target, 0 to 1.</summary>
    public Tensor Probabilities { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Probabilities.Dispose();
    }
}
