using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>The L2 threat model with an infinite radius, limited by the range and by budgets of zero only.</summary>
internal sealed class UnboundedThreatModel(ValueRange? range, FeatureBudgets? budgets = null)
    : L2ThreatModel(double.PositiveInfinity, range, budgets)
{
    public override string Name => "Unbounded";

    internal override string Title => Name;

    private bool HasWidth => double.IsFinite(Range.Maximum - Range.Minimum);

    internal override double Reach(Tensor origins) => HasWidth
        ? Width(origins)
        : throw new InvalidOperationException(
            $"Neither a radius nor the range {Range} gives a scale: give the attack a StepSize.");

    private protected override ThreatModel Copy(double epsilon, FeatureBudgets? budgets) =>
        double.IsPositiveInfinity(epsilon) ? new UnboundedThreatModel(Range, budgets) : base.Copy(epsilon, budgets);

    private protected override Tensor Shrink(Tensor change, Tensor origins) => change;

    private protected override Tensor Inside(Tensor origins, RowRandom random)
    {
        if (!HasWidth)
            return random.Normal(origins);
        // Uniform in the range, as a change: the room upwards or downwards of each value, in budgets, is what the start may use.
        var target = random.Uniform(origins, Range.Minimum, Range.Maximum);
        var upwards = target.gt(origins);
        var whole = where(upwards, origins.neg().add_(Range.Maximum), origins.sub(Range.Minimum))
            .clamp_min_(RowBroadcast.Smallest(origins.dtype));
        return target.sub_(origins).div_(whole).mul_(Room(origins, upwards));
    }

    private protected override Tensor Surface(Tensor origins, RowRandom random) => Inside(origins, random);
}
