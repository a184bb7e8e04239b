using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

internal class L2ThreatModel(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets = null)
    : ThreatModel(epsilon, ranges, budgets)
{
    /// <summary>The smallest relevant norm; the square of any larger one fits float32.</summary>
    private const double Tiny = 1e-12;

    private const ulong RadiusStream = 0x52_61_64_69_75_73; // "Radius"

    public override string Name => "L2";

    private protected override ThreatModel Copy(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets) =>
        new L2ThreatModel(epsilon, ranges, budgets);

    private protected override Tensor Shrink(Tensor change, Tensor origins)
    {
        var shrink = Norm(change).clamp_min_(Kept(Tiny)).reciprocal_().mul_(Kept(Epsilon)).clamp_max_(Kept(1));
        return change.mul_(RowBroadcast.Spread(shrink, change));
    }

    private protected override Tensor Steepest(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        // A confident network's gradient of 1e-25 is a direction like any other, but its square is zero in float32: scale by the
        // largest value first.
        var largest = gradient.abs().flatten(1).max(1).values.clamp_min_(Kept(RowBroadcast.Smallest(gradient.dtype)));
        var scaled = gradient.div(RowBroadcast.Spread(largest, gradient));
        return scaled.div_(RowBroadcast.Spread(Norm(scaled).clamp_min_(Kept(1)), scaled)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// min(λ · steepness, room) with the λ that spends the radius. Values reach their ends in the order of room over steepness:
    /// the first k at which λ leaves the next one free is the answer.
    /// </summary>
    private protected override Tensor Fill(Tensor steepness, Tensor room)
    {
        var largest = steepness.max(1, keepdim: true).values.clamp_min_(Kept(RowBroadcast.Smallest(steepness.dtype)));
        var weights = steepness.div(largest);
        var isFlat = weights.eq(Kept(0));
        var (ends, order) = room.div(weights).masked_fill_(isFlat, Kept(double.PositiveInfinity)).sort(1, false, true);
        var none = zeros_like(ends.narrow(1, 0, 1));
        // With k values at their ends, (N, length + 1): what they have spent, and the squares of the others' weights.
        var spent = cat([none, room.gather(1, order).pow(Kept(2)).cumsum(1)], 1);
        var free = cat([weights.gather(1, order).pow(Kept(2)).flip([1L]).cumsum(1).flip([1L]), none], 1);
        var scales = spent.neg_().add_(Kept(Epsilon * Epsilon), One).clamp_min_(Kept(0)).div_(free).sqrt_()
            .masked_fill_(free.eq(Kept(0)), Kept(double.PositiveInfinity));
        var isNext = scales.gt(cat([ends, none.add(Kept(double.PositiveInfinity), One)], 1));
        var count = isNext.cumprod(1).sum([1L], keepdim: true);
        return scales.gather(1, count).mul(weights).minimum(room).masked_fill_(isFlat, Kept(0));
    }

    private protected override Tensor Inside(Tensor origins, RowRandom random)
    {
        // A normal vector's direction is uniform; the radius of a uniform point in d dimensions goes with the d-th root.
        var direction = Steepest(random.Normal(origins));
        var dimensions = origins.numel() / origins.shape[0];
        var radius = random.Derive(RadiusStream).Uniform(origins.flatten(1).narrow(1, 0, 1), 0, 1).squeeze(1)
            .pow(Kept(1.0 / dimensions)).mul_(Kept(Epsilon));
        return direction.mul_(RowBroadcast.Spread(radius, origins));
    }

    private protected override Tensor Surface(Tensor origins, RowRandom random) =>
        Steepest(random.Normal(origins)).mul_(Kept(Epsilon));

    private protected override Tensor Norm(Tensor change) => change.flatten(1).pow(Kept(2)).sum(1).sqrt();
}
