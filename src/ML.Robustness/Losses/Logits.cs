using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>Operations on logits shared by losses, goals and objectives.</summary>
internal static class Logits
{
    /// <summary>
    /// The logits with minus infinity at the label, so that the best and the order are those of the other classes.
    /// </summary>
    /// <param name="logits">(N, K), logits or probabilities.</param>
    /// <param name="labels">(N), Int64.</param>
    /// <returns>(N, K), differentiable in the other classes' scores; belongs to the current dispose scope or the
    /// caller.</returns>
    /// <remarks>Masking by multiplication, as some references do, is wrong when all other logits are negative.</remarks>
    internal static Tensor OtherClasses(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var column = labels.unsqueeze(1);
        return logits.scatter(1, column, full_like(column, Kept(double.NegativeInfinity), logits.dtype))
            .MoveToOuterDisposeScope();
    }
}
