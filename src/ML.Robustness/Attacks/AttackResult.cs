using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>What an attack found, row by row in the order of its inputs.</summary>
public sealed class AttackResult : IDisposable
{
    internal AttackResult(Tensor inputs, Tensor success, Tensor distances, Tensor predictions, long[] queries) =>
        (Inputs, Success, Distances, Predictions, Queries) = (inputs, success, distances, predictions, queries);

    /// <summary>Gets the adversarial inputs: shape, element type and device of the originals.</summary>
    public Tensor Inputs { get; }

    /// <summary>Gets (N), Bool: true where the goal is reached at <see cref="Inputs"/>. Rows that were already wrong count as reached.</summary>
    public Tensor Success { get; }

    /// <summary>Gets (N): how far each row was moved, in the threat model's norm.</summary>
    public Tensor Distances { get; }

    /// <summary>Gets (N), Int64: the network's predictions at <see cref="Inputs"/>.</summary>
    public Tensor Predictions { get; }

    /// <summary>Gets how often each row went through the network, forward or forward and backward, the final verdict included.</summary>
    public IReadOnlyList<long> Queries { get; }

    /// <summary>Gets what the user should know of how the attack went, for example that a loss does not fit so few classes; mostly empty.</summary>
    public IReadOnlyList<string> Messages { get; internal init; } = [];

    /// <summary>Gets the share of rows whose goal is reached.</summary>
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
