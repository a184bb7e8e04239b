using ML.Robustness.Data;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>The k-th most likely of the other classes, or the least likely.</summary>
internal sealed class RankedTarget(int? rank) : TargetRule
{
    public override Tensor Choose(Tensor logits, Tensor labels, RowRandom random)
    {
        using var others = Others(logits, labels);
        var count = others.shape[1];
        if (rank > count)
            throw new ArgumentException($"The goal is the other class of rank {rank} by likelihood, but the network has {count + 1} classes: the rank must lie in 1…{count}.");
        return others.select(1, (rank ?? count) - 1).clone();
    }
}
