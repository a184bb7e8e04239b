using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

internal sealed class LInfThreatModel(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets = null)
    : ThreatModel(epsilon, ranges, budgets)
{
    public override string Name => "LInf";

    private protected override ThreatModel Copy(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets) =>
        new LInfThreatModel(epsilon, ranges, budgets);

    private protected override Tensor Shrink(Tensor change, Tensor origins) => change.clamp_(Kept(-Epsilon), Kept(Epsilon));

    private protected override Tensor Steepest(Tensor gradient) => gradient.sign();

    private protected override Tensor Fill(Tensor steepness, Tensor room) => room.clamp_max(Kept(Epsilon));

    private protected override Tensor Inside(Tensor origins, RowRandom random) => random.Uniform(origins, -Epsilon, Epsilon);

    private protected override Tensor Surface(Tensor origins, RowRandom random)
    {
        var noise = random.Uniform(origins, -1, 1);
        var largest = Norm(noise).clamp_min_(Kept(RowBroadcast.Smallest(noise.dtype)));
        return noise.div_(RowBroadcast.Spread(largest, noise)).mul_(Kept(Epsilon));
    }

    private protected override Tensor Norm(Tensor change) => change.abs().flatten(1).max(1).values;
}
