using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttackSuites;

/// <summary>Brings adversarial inputs onto the grid of bytes, multiples of 1/255, inside the threat model.</summary>
/// <remarks>
/// Each change is rounded to the nearest byte. Where a row then lies outside, its change is shortened, by bisection, until the
/// rounded row lies inside: rounding down instead would give away half a byte of every value's budget.
/// </remarks>
internal static class ByteQuantization
{
    private const double Levels = 255, Tolerance = 1e-6;
    private const int Halvings = 12;

    /// <summary>Rounds what an attack found, and judges it anew, since rounding may undo a success.</summary>
    /// <returns>
    /// Inputs, success, distances and predictions, as <see cref="AttackResult"/> has them; the caller disposes.
    /// </returns>
    internal static (Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions) Apply(
        AttackResult found, Attack attack, Module<Tensor, Tensor> model, Tensor origins, AttackGoal goal)
    {
        using var scope = NewDisposeScope();
        using var frozen = new ModelScope(model);
        using var quiet = no_grad();
        var rounded = Round(found.Inputs, origins, attack.ThreatModel);
        var passes = new List<Tensor>();
        foreach (var (first, count) in RowBatches.Split(rounded.shape[0], attack.BatchSize))
            passes.Add(ModelCall.Forward(model, rounded.narrow(0, first, count)).argmax(1));
        var predictions = cat(passes);
        var distances = attack.ThreatModel.Distance(OnGrid(rounded), OnGrid(origins)).to(origins.dtype);
        return (rounded.MoveToOuterDisposeScope(), goal.IsReachedBy(predictions).MoveToOuterDisposeScope(),
            distances.MoveToOuterDisposeScope(), predictions.MoveToOuterDisposeScope());
    }

    /// <summary>Rounds candidates to bytes.</summary>
    /// <param name="candidates">(N, …), inside the threat model.</param>
    /// <param name="origins">(N, …), multiples of 1/255.</param>
    /// <param name="threatModel">What the adversary may do.</param>
    /// <returns>(N, …), multiples of 1/255 inside the threat model; the caller disposes.</returns>
    internal static Tensor Round(Tensor candidates, Tensor origins, ThreatModel threatModel)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var exact = OnGrid(origins);
        var change = candidates.to(ScalarType.Float64).sub_(exact);
        Tensor Moved(Tensor share) => OnGrid(change.mul(RowBroadcast.Spread(share, change)).add_(exact, One));

        var whole = ones([exact.shape[0]], ScalarType.Float64, exact.device);
        var rounded = Moved(whole);
        var fits = IsInside(rounded, exact, threatModel);
        if (!fits.all().cpu().item<bool>())
            rounded = Moved(LargestShare(whole, fits, share => IsInside(Moved(share), exact, threatModel)));
        return rounded.to(origins.dtype).MoveToOuterDisposeScope();
    }

    // The share of each row's change that still fits: it shrinks with every value's change, so that halving finds it.
    private static Tensor LargestShare(Tensor whole, Tensor fits, Func<Tensor, Tensor> areInside)
    {
        var (inside, outside) = (where(fits, whole, zeros_like(whole)), whole);
        for (var halving = 0; halving < Halvings; halving++)
        {
            using var scope = NewDisposeScope();
            var middle = inside.add(outside, One).mul_(Kept(0.5));
            fits = areInside(middle);
            inside = where(fits, middle, inside).MoveToOuterDisposeScope();
            outside = where(fits, outside, middle).MoveToOuterDisposeScope();
        }

        return inside;
    }

    // In double precision: a byte at the very edge of the budget must not be lost to the rounding of its 255th part.
    private static Tensor OnGrid(Tensor values) =>
        values.mul(Kept(Levels)).to(ScalarType.Float64).round_().clamp_(Kept(0), Kept(Levels)).div_(Kept(Levels));

    // The distance alone would not see a value beyond a budget of its own; the projection alone would not see many values a
    // little too far.
    private static Tensor IsInside(Tensor rounded, Tensor origins, ThreatModel threatModel)
    {
        using var scope = NewDisposeScope();
        var moved = threatModel.Project(rounded, origins).sub_(rounded).abs_().flatten(1).max(1).values;
        return threatModel.Distance(rounded, origins).le(Kept(threatModel.Epsilon + Tolerance))
            .logical_and(moved.le(Kept(Tolerance)))
            .MoveToOuterDisposeScope();
    }
}
