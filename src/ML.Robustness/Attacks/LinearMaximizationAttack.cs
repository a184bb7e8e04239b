using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// The exact worst case of an affine network: the point of ball, range and budgets at which another class gains most, for each
/// other class.
/// </summary>
/// <remarks>
/// Against each other class j, the most likely first, it takes the gradient of z_j − z_y at the input and goes to the point of
/// the threat model at which its linear function is largest: in closed form for L∞ (each value to its end), L2 (the steps
/// proportional to the slopes until values reach their ends) and L1 (the steepest values first). Where the network is affine no
/// other point of the threat model does more, so the robust accuracy is exact; on other networks it is one step from the input.
/// A margin within the rounding of the network's floats can go either way. Towards a target among three classes or more the
/// answer is that against each other class alone, which need not be the best against all of them at once.
/// </remarks>
public sealed class LinearMaximizationAttack : Attack
{
    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do: a ball, or a range with bounds.</param>
    public LinearMaximizationAttack(ThreatModel threatModel)
        : base(threatModel) => Loss = AttackLoss.Margin;

    /// <inheritdoc/>
    protected override string MethodName => "Linear";

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        var logits = search.Forward(search.Origins);
        var rivals = TargetRule.Others(logits, search.Goal.Labels); // (N, K − 1)
        var open = search.Goal.IsReached(logits).logical_not().nonzero().squeeze(1);
        for (var run = 0; run < rivals.shape[1] && open.shape[0] > 0; run++)
        {
            using var pass = NewDisposeScope();
            using var part = search.Select(
                open, search.Random, gradientLoss: new LogitDifferenceLoss(rivals.select(1, run)));
            var (_, gradient, _) = part.Gradient(part.Origins);
            var points = ThreatModel.Maximize(gradient, part.Origins);
            var outputs = part.Forward(points);
            if (run == 0)
            {
                // All rows get candidates: the input itself where it reaches the goal.
                search.Offer(search.Origins.index_copy(0, open, points), logits.index_copy(0, open, outputs));
            }
            else
            {
                part.Offer(points, outputs);
                search.Merge(part, open);
            }
            open = open.index_select(0, part.Goal.IsReached(outputs).logical_not().nonzero().squeeze(1))
                .MoveToOuterDisposeScope();
        }
        return (search.Best?.Inputs ?? search.Origins).clone().MoveToOuterDisposeScope();
    }
}
