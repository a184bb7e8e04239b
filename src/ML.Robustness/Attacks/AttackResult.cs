using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>What an attack found, row by row in the order of its inputs.</summary>
public sealed class AttackResult : IDisposable
{
    internal AttackResult(Tensor inputs, Tensor success, Tensor distances, Tensor predictions, long[] queries) =>
        (Inputs, Success, Distances, Predictions, Queries) = (inputs, success, distances, predictions, queries);

    /// <summary>The adversarial inputs: shape, element type and device of the originals.</summary>
    public Tensor Inputs { get; }

    /// <summary>
    /// The rows whose goal is reached at <see cref="Inputs"/>, (N), Bool; rows that were already wrong count as reached.
    /// </summary>
    public Tensor Success { get; }

    /// <summary>The distance by which each row was moved, (N), in the threat model's norm.</summary>
    public Tensor Distances { get; }

    /// <summary>The network's predictions at <see cref="Inputs"/>, (N), Int64.</summary>
    public Tensor Predictions { get; }

    /// <summary>The number of times that each row went through the network, the final verdict included.</summary>
    public IReadOnlyList<long> Queries { get; }

    /// <summary>The attack's notes to the user, for example that a loss does not fit so few classes; mostly empty.</summary>
    public IReadOnlyList<string> Messages { get; internal init; } = [];

    /// <summary>The share of rows whose goal is reached.</summary>
    public double SuccessRate
    {
        get
        {
            using var scope = NewDisposeScope();
            return Success.to(ScalarType.Float64).mean().cpu().item<double>();
        }
    }

    /// <summary>Frees the four tensors.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Success.Dispose();
        Distances.Dispose();
        Predictions.Dispose();
    }
}
