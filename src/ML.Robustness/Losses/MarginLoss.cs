using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>
/// The margin loss: the best other class's logit minus the label's; positive exactly if the label is not predicted.
/// </summary>
/// <remarks>
/// max_{i≠y} z_i − z_y (Carlini and Wagner, <see href="https://arxiv.org/abs/1608.04644"/>).
/// </remarks>
internal sealed class MarginLoss : AttackLoss
{
    /// <inheritdoc/>
    public override Tensor Evaluate(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var others = Logits.OtherClasses(logits, labels).max(1).values;
        return others.sub(logits.gather(1, labels.unsqueeze(1)).squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the loss's name.</summary>
    /// <returns>"Margin".</returns>
    public override string ToString() => "Margin";
}
