using ML.Robustness.Data;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>Any other class, each as likely as the next.</summary>
internal sealed class RandomTarget : TargetRule
{
    private const ulong TargetStream = 0x54_61_72_67_65_74; // "Target"

    public override Tensor Choose(Tensor logits, Tensor labels, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var classes = logits.shape[1];
        // Float64, so that the class does not depend on the network's element type; a step of 1…K − 1 never comes back to the label.
        var draw = random.Derive(TargetStream).Uniform(zeros([labels.shape[0], 1], ScalarType.Float64), 0, 1).squeeze(1);
        var steps = draw.mul_(classes - 1).floor_().clamp_max_(classes - 2).to(ScalarType.Int64).add_(1).to(labels.device);
        return steps.add_(labels).remainder(classes).MoveToOuterDisposeScope();
    }
}
