using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>The cross-entropy: the negative log-probability of the label.</summary>
/// <remarks>−log softmax(z)_y.</remarks>
internal sealed class CrossEntropyLoss : AttackLoss
{
    /// <inheritdoc/>
    public override Tensor Evaluate(Tensor logits, Tensor labels) =>
        nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None);

    /// <summary>Returns the loss's name.</summary>
    /// <returns>"CrossEntropy".</returns>
    public override string ToString() => "CrossEntropy";
}
