using ML.Robustness.Attacks;
using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>The loss that an attack maximises: a number for each row that grows as the prediction leaves the label.</summary>
/// <remarks>Attacks on a target turn the sign themselves. Losses are immutable and may be shared.</remarks>
public abstract class AttackLoss
{
    /// <summary>The cross-entropy, −log softmax(z)_y: the usual loss.</summary>
    public static AttackLoss CrossEntropy { get; } = new CrossEntropyLoss();

    /// <summary>The margin loss, max_{i≠y} z_i − z_y, whose gradient does not vanish for confident networks.</summary>
    /// <remarks>
    /// Positive exactly where the label is not predicted (Carlini and Wagner, <see href="https://arxiv.org/abs/1608.04644"/>).
    /// </remarks>
    public static AttackLoss Margin { get; } = new MarginLoss();

    /// <summary>The difference of logits ratio (DLR), which is invariant to shift and scale of the logits.</summary>
    /// <remarks>
    /// (max_{i≠y} z_i − z_y) / (z₍₁₎ − z₍₃₎), z₍ₖ₎ the k-th largest (Croce and Hein,
    /// <see href="https://arxiv.org/abs/2003.01690"/>). Needs three classes; with two it is the margin.
    /// </remarks>
    public static AttackLoss Dlr { get; } = new DlrLoss();

    /// <summary>Evaluates the loss of each row.</summary>
    /// <param name="logits">(N, K), the network's outputs before softmax.</param>
    /// <param name="labels">(N), Int64, in 0…K − 1.</param>
    /// <returns>(N), differentiable in <paramref name="logits"/>; larger is further from the label. The caller
    /// disposes.</returns>
    public abstract Tensor Evaluate(Tensor logits, Tensor labels);

    /// <summary>Describes the loss's limitation for networks with too few classes.</summary>
    /// <param name="classes">The number of classes, two or more.</param>
    /// <returns>A sentence for the results' <see cref="AttackResult.Messages"/>, or null where all is well.</returns>
    public virtual string? DescribeLimitation(int classes) => null;

    /// <summary>Returns the loss of some of the rows; for losses that hold values for each row.</summary>
    /// <param name="positions">
    /// (M), Int64, on the inputs' device: positions among the rows that the loss was made for. These are the rows given to
    /// <see cref="Attack.Perturb"/>, or the rows of the data set in a suite.
    /// </param>
    /// <returns>A loss whose row i is this one's row <c>positions[i]</c>. The default is this loss, the same for all
    /// rows.</returns>
    /// <remarks>
    /// Attacks call it for each batch, and for each restart or search that goes on with some rows only. Training does not: it
    /// shuffles rows.
    /// </remarks>
    public virtual AttackLoss Select(Tensor positions) => this;
}
