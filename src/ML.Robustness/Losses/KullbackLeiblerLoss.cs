using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>The Kullback-Leibler divergence of the prediction from a reference prediction.</summary>
/// <remarks>
/// KL(p ‖ q) = Σ p (log p − log q), p the reference, q the softmax of the logits: what TRADES maximises
/// (<see href="https://arxiv.org/abs/1901.08573"/>). The labels play no part, and the rows must be those of the reference, in its
/// order.
/// </remarks>
public sealed class KullbackLeiblerLoss : AttackLoss
{
    private readonly Tensor _reference;

    /// <summary>Creates the loss for one batch.</summary>
    /// <param name="referenceLogProbabilities">(N, K), the log-softmax of the reference logits; stays the caller's.</param>
    /// <exception cref="ArgumentException">The tensor is not of two dimensions.</exception>
    public KullbackLeiblerLoss(Tensor referenceLogProbabilities)
    {
        ArgumentNullException.ThrowIfNull(referenceLogProbabilities);
        if (referenceLogProbabilities.dim() != 2)
            throw new ArgumentException(
                $"Reference log-probabilities must be (rows, classes), but are "
                    + $"{TensorShape.Text(referenceLogProbabilities)}.", nameof(referenceLogProbabilities));
        _reference = referenceLogProbabilities;
    }

    /// <inheritdoc/>
    public override Tensor Evaluate(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return Between(_reference, nn.functional.log_softmax(logits, 1));
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor positions) => new KullbackLeiblerLoss(_reference.index_select(0, positions));

    /// <summary>The divergence of each row, (N), from log-probabilities.</summary>
    internal static Tensor Between(Tensor reference, Tensor other) => reference.exp().mul(reference.sub(other)).sum(1);
}
