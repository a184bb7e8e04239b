using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// The shortest way from a point to a hyperplane that stays inside the range of values: projection onto hyperplane ∩ box.
/// </summary>
/// <remarks>
/// Each value moves its own way by min(λ v, room), v being 1 for L∞ and its weight for L2: what that gains on the hyperplane
/// rises in λ and bends downwards, so Newton's method rises to the answer from below and reaches it exactly after a few steps
/// (the reference sorts instead). For L1 the values of the largest weights go first, each to its end: there it takes sorting.
/// </remarks>
internal static class FabHyperplaneProjection
{
    private const int NewtonSteps = 24;

    /// <summary>Finds the step.</summary>
    /// <param name="points">(N, …), inside the range.</param>
    /// <param name="gradient">(N, …), the hyperplanes' normals.</param>
    /// <param name="gain">(N), what the step's product with the normal is to be; of either sign.</param>
    /// <param name="threatModel">Gives norm, range and budgets.</param>
    /// <param name="steps">The greatest number of Newton's steps; one more than a row has values is always enough.</param>
    /// <returns>
    /// (N, …): zero where the normal is, and all the way that the range allows where that is not enough. The caller disposes.
    /// </returns>
    public static Tensor Find(Tensor points, Tensor gradient, Tensor gain, ThreatModel threatModel, long steps = NewtonSteps)
    {
        using var scope = NewDisposeScope();
        var normals = threatModel.InBudgets(gradient).flatten(1);
        // Gradients of 1e-25 are like any others, but their squares are not.
        var scale = normals.abs().max(1, keepdim: true).values.clamp_min_(Kept(RowBroadcast.Smallest(normals.dtype)));
        var weights = normals.abs().div_(scale);
        var wanted = gain.abs().unsqueeze(1).div_(scale).clamp_max_(Kept(Far(normals.dtype)));
        var ways = normals.sign().mul_(gain.sign().unsqueeze(1));
        var room = threatModel.InputRanges.IsUnbounded ? null
            : threatModel.Room(points, ways.gt(Kept(0)).view_as(points)).flatten(1);
        var lengths = threatModel.Name switch
        {
            "L1" => Greedy(weights, wanted, room),
            "LInf" => Newton(weights, weights.sign(), weights, wanted, room, steps),
            _ => Newton(weights, weights, weights.pow(Kept(2)), wanted, room, steps),
        };
        return threatModel.InInputUnits(lengths.mul_(ways).view_as(gradient)).MoveToOuterDisposeScope();
    }

    private static Tensor Newton(Tensor weights, Tensor speeds, Tensor gains, Tensor wanted, Tensor? room, long steps)
    {
        var least = RowBroadcast.Smallest(weights.dtype);
        var times = wanted.div(gains.sum(1, keepdim: true).clamp_min_(Kept(least)))
            .clamp_max_(Kept(Far(weights.dtype))); // (N, 1)
        if (room is null)
            return speeds.mul(times);
        var slack = wanted.mul(Kept(weights.dtype == ScalarType.Float64 ? 1e-12 : 1e-6));
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var free = speeds.mul(times);
            var missing = wanted.sub(free.minimum(room).mul_(weights).sum(1, keepdim: true));
            var slope = free.lt(room).to(weights.dtype).mul_(gains).sum(1, keepdim: true);
            // A row that is there, or at all its ends, is never touched again, so that the others' steps do not change its last
            // digits.
            var isUnderway = missing.gt(slack).logical_and_(slope.gt(Kept(least)));
            if (!isUnderway.any().cpu().item<bool>())
                break;
            // Chosen, not multiplied by zero: a row at all its ends may miss infinitely many steps.
            var more = missing.div_(slope.clamp_min_(Kept(least)));
            times.add_(where(isUnderway, more, zeros_like(more)), One).clamp_max_(Kept(Far(weights.dtype)));
        }
        return speeds.mul(times).minimum(room);
    }

    private static Tensor Greedy(Tensor weights, Tensor wanted, Tensor? room)
    {
        var (sorted, order) = weights.sort(1, descending: true);
        var ends = room is null ? full_like(sorted, Kept(Far(weights.dtype))) : room.gather(1, order);
        if (room is not null)
        {
            // Without a bound a value alone goes further than it needs; infinity times a weight of zero would be no number.
            var enough = wanted.mul(Kept(2)).div(sorted.clamp_min(Kept(RowBroadcast.Smallest(weights.dtype))))
                .clamp_max_(Kept(Far(weights.dtype)));
            ends = where(ends.isinf(), enough, ends);
        }
        var gains = ends.mul(sorted);
        var before = gains.cumsum(1).sub_(gains); // What the values ahead of each gain together.
        var lengths = wanted.sub(before).clamp_min_(Kept(0)).div_(sorted.clamp_min(Kept(RowBroadcast.Smallest(weights.dtype))))
            .minimum(ends);
        lengths.mul_(sorted.sign());
        return zeros_like(weights).scatter(1, order, lengths);
    }

    /// <summary>Beyond every step that means something, and still a number when it is added up.</summary>
    private static double Far(ScalarType type) => type switch
    {
        ScalarType.Float64 => 1e150,
        ScalarType.Float16 => 1e4,
        _ => 1e18,
    };
}
