using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>The logit difference of one other class and the label: zero on the decision boundary between the two.</summary>
/// <remarks>z_r − z_y. The rows must be those of the rivals, in their order.</remarks>
internal sealed class LogitDifferenceLoss(Tensor rivals) : AttackLoss
{
    public override Tensor Evaluate(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var ahead = logits.gather(1, rivals.unsqueeze(1)).sub(logits.gather(1, labels.unsqueeze(1)));
        return ahead.squeeze(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor positions) => new LogitDifferenceLoss(rivals.index_select(0, positions));
}
