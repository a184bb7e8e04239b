using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>The L2 threat model with an infinite radius, limited by the range and by budgets of zero only.</summary>
internal sealed class UnboundedThreatModel(FeatureRanges ranges, FeatureBudgets? budgets = null)
    : L2ThreatModel(double.PositiveInfinity, ranges, budgets)
{
    public override string Name => "Unbounded";

    internal override string Title => Name;

    internal override double Reach(Tensor origins) => Width(origins) is var width && double.IsFinite(width)
        ? width
        : throw new InvalidOperationException(
            $"Neither a radius nor the range {InputRanges} gives a scale: give the attack a StepSize.");

    private protected override ThreatModel Copy(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets) =>
        double.IsPositiveInfinity(epsilon)
            ? new UnboundedThreatModel(ranges, budgets)
            : base.Copy(epsilon, ranges, budgets);

    private protected override Tensor Shrink(Tensor change, Tensor origins) => change;

    private protected override Tensor Inside(Tensor origins, RowRandom random)
    {
        if (InputRanges.Each is null)
            return HasWidth(Range)
                ? Uniform(origins, random.Uniform(origins, Range.Minimum, Range.Maximum))
                : random.Normal(origins);
        var isBounded = InputRanges.Row(origins, static range => HasWidth(range) ? 1 : 0).eq(Kept(1));
        var width = InputRanges.Row(origins, static range => HasWidth(range) ? range.Maximum - range.Minimum : 1);
        var least = InputRanges.Row(origins, static range => HasWidth(range) ? range.Minimum : 0);
        var uniform = Uniform(origins, random.Uniform(origins, 0, 1).mul_(width).add_(least, One));
        return where(isBounded, uniform, random.Normal(origins));
    }

    private static bool HasWidth(ValueRange range) => double.IsFinite(range.Maximum - range.Minimum);

    /// <summary>Points of the range as changes: the room of each value up or down, in budgets, is what the start may
    /// use.</summary>
    private Tensor Uniform(Tensor origins, Tensor target)
    {
        var upwards = target.gt(origins);
        var whole = InputRanges.Room(origins, upwards).clamp_min_(Kept(RowBroadcast.Smallest(origins.dtype)));
        return target.sub_(origins).div_(whole).mul_(Room(origins, upwards));
    }

    private protected override Tensor Surface(Tensor origins, RowRandom random) => Inside(origins, random);
}
