using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>How a goal chooses its targets once the clean outputs are known.</summary>
internal abstract class TargetRule
{
    /// <summary>Any other class, each with the same probability.</summary>
    public static TargetRule Random { get; } = new RandomRule();

    /// <summary>The k-th most likely of the other classes.</summary>
    /// <param name="rank">k, from 1; null for the least likely class.</param>
    public static TargetRule Ranked(int? rank) => new RankedRule(rank);

    public abstract Tensor Choose(Tensor logits, Tensor labels, RowRandom random);

    /// <summary>The other classes of each row, the likeliest first: (N, K − 1).</summary>
    public static Tensor Others(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        // The label goes to the end, whatever it scored.
        var (_, order) = Logits.OtherClasses(logits.detach(), labels).sort(1, true, true);
        return order.narrow(1, 0, logits.shape[1] - 1).MoveToOuterDisposeScope();
    }

    /// <summary>The k-th most likely of the other classes, or the least likely.</summary>
    private sealed class RankedRule(int? rank) : TargetRule
    {
        public override Tensor Choose(Tensor logits, Tensor labels, RowRandom random)
        {
            using var others = Others(logits, labels);
            var count = others.shape[1];
            if (rank > count)
                throw new ArgumentException(
                    $"The goal is the other class of rank {rank} by likelihood, but the network has {count + 1} classes: the "
                    + $"rank must lie in 1…{count}.");
            return others.select(1, (rank ?? count) - 1).clone();
        }
    }

    /// <summary>Any other class, each as likely as the next.</summary>
    private sealed class RandomRule : TargetRule
    {
        private const ulong TargetStream = 0x54_61_72_67_65_74; // "Target"

        public override Tensor Choose(Tensor logits, Tensor labels, RowRandom random)
        {
            using var scope = NewDisposeScope();
            var classes = logits.shape[1];
            // Float64, so that the class does not depend on the network's element type; a step of 1…K − 1 never comes back to the
            // label.
            var draw = random.Derive(TargetStream).Uniform(zeros([labels.shape[0], 1], ScalarType.Float64, CPU), 0, 1).squeeze(1);
            var steps = draw.mul_(Kept(classes - 1)).floor_().clamp_max_(Kept(classes - 2)).to(ScalarType.Int64)
                .add_(Kept(1), One).to(labels.device);
            return steps.add_(labels, One).remainder(Kept(classes)).MoveToOuterDisposeScope();
        }
    }
}
