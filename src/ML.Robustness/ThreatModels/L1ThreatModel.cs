using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

internal sealed class L1ThreatModel(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets = null)
    : ThreatModel(epsilon, ranges, budgets)
{
    private const ulong SecondStream = 0x53_65_63_6F_6E_64; // "Second"
    private const ulong SignStream = 0x53_69_67_6E; // "Sign"
    private const ulong RestStream = 0x52_65_73_74; // "Rest"

    public override string Name => "L1";

    /// <inheritdoc/>
    public override Tensor Step(Tensor candidates, Tensor gradient, double size)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(gradient);
        using var scope = NewDisposeScope();
        var climb = InBudgets(gradient);
        var room = Room(candidates, climb.gt(Kept(0))).clamp_max_(Kept(size)).masked_fill_(climb.eq(Kept(0)), Kept(0)).flatten(1);
        var (_, order) = climb.abs().flatten(1).sort(1, true, true);
        var sorted = room.gather(1, order);
        // What the steeper values have used up comes off the step.
        var left = sorted.cumsum(1).sub_(sorted).neg_().add_(Kept(size), One).clamp_min_(Kept(0));
        var spent = zeros_like(room).scatter_(1, order, sorted.minimum(left)).view(gradient.shape);
        return InInputUnits(spent.mul_(climb.sign())).add_(candidates, One).MoveToOuterDisposeScope();
    }

    /// <summary>A step of length one, spread evenly over a share of the values with the largest gradients.</summary>
    internal Tensor SparseDirection(Tensor gradient, Tensor share)
    {
        using var scope = NewDisposeScope();
        var climb = InBudgets(gradient);
        var sizes = climb.abs().flatten(1);
        var count = sizes.shape[1];
        var place = share.neg().add_(Kept(1), One).mul_(Kept(count)).clamp_(Kept(0), Kept(count - 1)).to(ScalarType.Int64)
            .unsqueeze(1);
        var least = sizes.sort(1, false, true).Values.gather(1, place);
        var signs = climb.sign().mul_(sizes.ge(least).view(climb.shape));
        var values = Norm(signs).clamp_min_(Kept(1));
        return InInputUnits(signs.div_(RowBroadcast.Spread(values, signs))).MoveToOuterDisposeScope();
    }

    private protected override ThreatModel Copy(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets) =>
        new L1ThreatModel(epsilon, ranges, budgets);

    /// <summary>
    /// The nearest point is sign(d) · clamp(|d| − λ, 0, room) with the least λ ≥ 0 that fits. The sum falls with λ in straight
    /// pieces, which bend where a value reaches zero (λ = |d|) or leaves its bound (λ = |d| − room): sort the bends, find the
    /// piece, solve it.
    /// </summary>
    private protected override Tensor Shrink(Tensor change, Tensor origins)
    {
        var size = change.abs().flatten(1);
        var room = Room(origins, change.gt(Kept(0))).flatten(1).minimum(size);
        var (bends, order) = cat([size, size.sub(room)], 1).sort(1, true, true);
        var turns = cat([ones_like(size), ones_like(size).neg_()], 1).gather(1, order);
        // Between bend j and j + 1, from the largest down, this many values move: the sum grows by so much for each unit of λ.
        var slopes = turns.cumsum(1);
        var length = bends.shape[1];
        var ends = cat([bends.narrow(1, 1, length - 1), zeros_like(bends.narrow(1, 0, 1))], 1);
        var sums = bends.sub(ends).mul_(slopes).cumsum(1);
        // The first piece at whose end the ball is full; where none is, all of it fits.
        var passed = sums.lt(Kept(Epsilon)).sum(1, true);
        var piece = passed.clamp_max(Kept(length - 1));
        var slope = slopes.gather(1, piece).clamp_min_(Kept(1));
        var threshold = sums.gather(1, piece).sub_(Kept(Epsilon)).div_(slope).add_(ends.gather(1, piece), One);
        threshold.masked_fill_(passed.eq(Kept(length)), Kept(0));
        var kept = size.sub(threshold).clamp_min_(Kept(0)).minimum(room);
        // Thousands of terms round: what is left over the radius comes off all of them alike, towards the origin.
        kept.mul_(kept.sum(1, true).reciprocal_().mul_(Kept(Epsilon)).clamp_max_(Kept(1)));
        return kept.view(change.shape).mul_(change.sign());
    }

    private protected override Tensor Steepest(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var flat = gradient.flatten(1);
        var place = flat.abs().argmax(1, true);
        return zeros_like(flat).scatter_(1, place, flat.gather(1, place).sign_()).view(gradient.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The steepest values first, each to its end, until the radius is spent.</summary>
    private protected override Tensor Fill(Tensor steepness, Tensor room)
    {
        var (_, order) = steepness.sort(1, true, true);
        var ends = room.clamp_max(Kept(Epsilon)).gather(1, order);
        var left = ends.cumsum(1).sub_(ends).neg_().add_(Kept(Epsilon), One).clamp_min_(Kept(0));
        return zeros_like(room).scatter_(1, order, ends.minimum(left));
    }

    private protected override Tensor Inside(Tensor origins, RowRandom random)
    {
        // Exponential numbers over the sum of them and one more are uniform in the simplex; half the square of a normal pair is
        // exponential.
        var parts = Exponential(origins, random);
        var rest = Exponential(origins.flatten(1).narrow(1, 0, 1), random.Derive(RestStream)).squeeze(1);
        var signs = random.Derive(SignStream).Uniform(origins, -1, 1).sign_();
        return parts.div_(RowBroadcast.Spread(parts.flatten(1).sum(1).add_(rest, One), parts)).mul_(signs).mul_(Kept(Epsilon));
    }

    private protected override Tensor Surface(Tensor origins, RowRandom random) => random.Normal(origins);

    private protected override Tensor Norm(Tensor change) => change.abs().flatten(1).sum(1);

    private static Tensor Exponential(Tensor like, RowRandom random) =>
        random.Normal(like).pow(Kept(2)).add_(random.Derive(SecondStream).Normal(like).pow(Kept(2)), One).mul_(Kept(0.5));
}
