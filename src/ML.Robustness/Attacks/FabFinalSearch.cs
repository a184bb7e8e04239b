using ML.Robustness.AttackGeometry;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// The last word of attacks that look for the least change: from what was found back towards the origin, as far as the goal stays
/// reached.
/// </summary>
/// <remarks>
/// Three steps of regula falsi on the margin, as in the paper of FAB. Each aims a little beyond the boundary, by a growing share
/// of the way to what was found: on a linear network the first step is all but exact, on a curved one the later steps have more
/// room.
/// </remarks>
internal static class FabFinalSearch
{
    private static readonly double[] Beyond = [0.001, 0.03, 0.3];

    /// <summary>Returns nearer inputs that reach the goal, and origins or what was found where there is none.</summary>
    /// <param name="search">The whole batch: verdicts then round as the attack's last one does.</param>
    /// <param name="found">What was found so far.</param>
    /// <param name="cleanLogits">(N, K), at the origins.</param>
    /// <returns>(N, …); the caller disposes.</returns>
    public static Tensor Shorten(SearchContext search, SmallestPerturbation found, Tensor cleanLogits)
    {
        using var scope = NewDisposeScope();
        var near = search.Origins;
        var far = found.Inputs.clone();
        var nearMargins = Margins(search, cleanLogits);
        var logits = search.Forward(far);
        var farMargins = Margins(search, logits);
        // Rows whose origin is the answer, or that have none, stay where they are.
        var moves = found.IsFound.logical_and(found.Distances.gt(Kept(0))).logical_and_(search.Goal.IsReached(logits));
        foreach (var beyond in Beyond)
        {
            using var step = NewDisposeScope();
            var share = nearMargins.neg().div_(farMargins.sub(nearMargins).clamp_min_(Kept(RowBroadcast.Smallest(far.dtype))))
                .clamp_(Kept(0), Kept(1));
            share = share.neg().add_(Kept(1), One).mul_(Kept(beyond)).add_(share, One);
            var middle = far.sub(near).mul_(RowBroadcast.Spread(share, far)).add_(near, One);
            middle = RangeClamp.Clamp(where(RowBroadcast.Spread(moves, far), middle, far), search.ThreatModel);
            logits = search.Forward(middle);
            var margins = Margins(search, logits);
            var reached = search.Goal.IsReached(logits);
            var wide = RowBroadcast.Spread(reached, far);
            (near, nearMargins) = (
                where(wide, near, middle).MoveToOuterDisposeScope(),
                where(reached, nearMargins, margins).MoveToOuterDisposeScope());
            (far, farMargins) = (
                where(wide, middle, far).MoveToOuterDisposeScope(),
                where(reached, margins, farMargins).MoveToOuterDisposeScope());
        }
        return far.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Offers what was found where the threat model allows it, as it is: brought back into the ball once more, the rounding could
    /// take it over the boundary. Returns the last candidates: what was found, or else a fallback.
    /// </summary>
    public static Tensor Offer(SearchContext search, Tensor found, Tensor isFound, Tensor fallback)
    {
        using var scope = NewDisposeScope();
        var threatModel = search.ThreatModel;
        var inside = threatModel.Distance(found, search.Origins).le(Kept(threatModel.Epsilon)).logical_and_(isFound);
        var valid = where(RowBroadcast.Spread(inside, found), found, search.Origins);
        var logits = search.Forward(valid);
        using var quiet = no_grad();
        search.Offer(valid, search.SignedLoss(logits), logits);
        return where(RowBroadcast.Spread(isFound, found), found, fallback).MoveToOuterDisposeScope();
    }

    /// <summary>How far the goal is reached, (N): below zero where it is not.</summary>
    public static Tensor Margins(SearchContext search, Tensor logits)
    {
        using var quiet = no_grad();
        var margins = AttackLoss.Margin.Evaluate(logits, search.Goal.Labels);
        return search.Goal.IsTargeted ? margins.neg_() : margins;
    }
}
