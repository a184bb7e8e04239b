using ML.Robustness.Attacks;
using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>What an attack climbs: a number for each row that grows as the prediction leaves the label.</summary>
/// <remarks>Attacks on a target turn the sign themselves. Losses are immutable and may be shared.</remarks>
public abstract class AttackLoss
{
    /// <summary>Gets the cross-entropy, the usual loss.</summary>
    public static AttackLoss CrossEntropy { get; } = new CrossEntropyLoss();

    /// <summary>Gets the margin, whose gradient does not vanish for confident networks.</summary>
    public static AttackLoss Margin { get; } = new MarginLoss();

    /// <summary>Gets the margin over the spread of the logits (DLR), which no scaling of the logits changes.</summary>
    public static AttackLoss Dlr { get; } = new DlrLoss();

    /// <summary>Evaluates the loss of each row.</summary>
    /// <param name="logits">(N, K), the network's outputs before softmax.</param>
    /// <param name="labels">(N), Int64, in 0…K − 1.</param>
    /// <returns>(N), differentiable in <paramref name="logits"/>; larger is further from the label. The caller disposes.</returns>
    public abstract Tensor Evaluate(Tensor logits, Tensor labels);

    /// <summary>Says what the loss does instead where the network has too few classes for it.</summary>
    /// <param name="classes">The number of classes, two or more.</param>
    /// <returns>A sentence for the results' <see cref="AttackResult.Messages"/>, or null where all is well.</returns>
    public virtual string? DescribeLimitation(int classes) => null;

    /// <summary>The loss of some of the rows, for losses that were made for one batch.</summary>
    internal virtual AttackLoss Select(Tensor positions) => this;
}
