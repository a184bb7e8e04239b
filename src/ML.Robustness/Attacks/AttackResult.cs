using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>What an attack found, row by row in the order of its inputs.</summary>
public sealed class AttackResult : IDisposable
{
    internal AttackResult(Tensor inputs, Tensor success, Tensor distances, Tensor predictions) =>
        (Inputs, Success, Distances, Predictions) = (inputs, success, distances, predictions);

    /// <summary>Gets the adversarial inputs: shape, element type and device of the originals.</summary>
    public Tensor Inputs { get; }

    /// <summary>Gets (N), Bool: true where the goal is reached at <see cref="Inputs"/>. Rows that were already wrong count as reached.</summary>
    public Tensor Success { get; }

    /// <summary>Gets (N): how far each row was moved, in the threat model's norm.</summary>
    public Tensor Distances { get; }

    /// <summary>Gets (N), Int64: the network's predictions at <see cref="Inputs"/>.</summary>
    public Tensor Predictions { get; }

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
