using ML.Robustness.Data;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>How a goal chooses its targets once the clean outputs are known.</summary>
internal abstract class TargetRule
{
    public abstract Tensor Choose(Tensor logits, Tensor labels, RowRandom random);

    /// <summary>The other classes of each row, the likeliest first: (N, K − 1).</summary>
    public static Tensor Others(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var column = labels.unsqueeze(1);
        // The label goes to the end, whatever it scored.
        var masked = logits.detach().scatter(1, column, full_like(column, double.NegativeInfinity, logits.dtype));
        var (_, order) = masked.sort(1, true, true);
        return order.narrow(1, 0, logits.shape[1] - 1).MoveToOuterDisposeScope();
    }
}
