using ML.Robustness.AttackGeometry;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// Looks for the least change that crosses a decision boundary: FAB, against one other class after the other (FAB-T).
/// </summary>
/// <remarks>
/// Each step goes to the boundary's tangent plane, a little beyond and drawn towards the input, and each crossing is followed by
/// a step back (Croce and Hein, <see href="https://arxiv.org/abs/1907.02044"/>). Unlike the reference, the plane is laid at the
/// crossing itself, which saves a pass forward in each step, and the paper's final search is made. What lies outside ε counts as
/// no success, whatever it crosses; in rows without success the best candidate that was brought back into the ball is returned.
/// Restarts begin at a random point half-way out.
/// </remarks>
public sealed class FastAdaptiveBoundary : Attack
{
    private const double Overshoot = 1.05;
    private const double StepBack = 0.9;
    private const double GreatestPull = 0.1;

    /// <summary>The share of rows that have to fall before those left are put together anew.</summary>
    private const int Crumbs = 8;

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    public FastAdaptiveBoundary(ThreatModel threatModel)
        : base(threatModel) => Loss = AttackLoss.Margin;

    /// <summary>The number of steps against each class, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 100.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 100;

    /// <summary>The number of other classes that are tried, the most likely first, when the goal is any of them.</summary>
    /// <value>One or more; fewer are tried where there are fewer. The default is 9.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Targets
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 9;

    /// <summary>
    /// Whether a row is left alone as soon as it is fooled within ε, rather than searched for the least change.
    /// </summary>
    /// <value>The default is false. Suites set true: they only ask whether a row falls.</value>
    public bool StopOnSuccess { get; init; }

    /// <inheritdoc/>
    protected override string MethodName => $"FAB-{Steps}";

    internal override long ExpectedPasses => (Steps + 1L) * Targets + 1;

    private double StopDistance => StopOnSuccess ? ThreatModel.Epsilon : 0;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        var origins = search.Origins;
        var logits = search.Forward(origins);
        var already = search.Goal.IsReached(logits);
        using var nearest = new SmallestPerturbation(
            origins,
            where(already, zeros_like(already, origins.dtype), full_like(already, Kept(double.PositiveInfinity), origins.dtype)));
        var rivals = search.Goal.IsTargeted ? null : Rivals(logits, search.Goal.Labels);
        var fallback = origins;
        for (var run = 0; run < (rivals?.shape[1] ?? 1); run++)
        {
            var iterates = search.Restart == 0
                ? origins.clone()
                : ThreatModel.WithEpsilon(0.5 * ThreatModel.Epsilon).RandomStart(origins, search.Random.Derive((ulong)run));
            Approach(search, rivals?.select(1, run), iterates, nearest);
            if (run == 0)
                fallback = iterates;
            else
                iterates.Dispose();
        }
        var found = StopOnSuccess ? nearest.Inputs : FabFinalSearch.Shorten(search, nearest, logits);
        return FabFinalSearch.Offer(search, found, nearest.IsFound, fallback).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Goes against one class of each row, with the rows still robust; leaves the last iterates of each in place.
    /// </summary>
    private void Approach(SearchContext search, Tensor? rivals, Tensor iterates, SmallestPerturbation nearest)
    {
        for (var step = 0; step < Steps;)
        {
            using var scope = NewDisposeScope();
            var open = nearest.StillSearched(StopDistance).nonzero().squeeze(1);
            if (open.shape[0] == 0)
                return;
            using var part = search.Select(
                open, search.Random, gradientLoss: rivals is null ? AttackLoss.Margin : new LogitDifferenceLoss(rivals));
            using var found = nearest.Select(open);
            var points = iterates.index_select(0, open);
            step = Walk(part, ref points, found, step);
            nearest.Put(open, found);
            iterates.index_copy_(0, open, points);
        }
    }

    private int Walk(SearchContext part, ref Tensor points, SmallestPerturbation found, int step)
    {
        var rows = points.shape[0];
        var isThinned = false;
        for (; step < Steps && !isThinned; step++)
        {
            using var scope = NewDisposeScope();
            var (ahead, gradient, logits) = part.Gradient(points);
            var reached = Offer(part, points, logits, found);
            var next = Step(part.Origins, points, ahead, gradient, reached);
            points.Dispose();
            points = next.MoveToOuterDisposeScope();
            isThinned = StopOnSuccess
                && Crumbs * found.StillSearched(StopDistance).logical_not().sum().cpu().item<long>() >= rows;
        }
        if (step == Steps)
            Offer(part, points, part.Forward(points), found);
        return step;
    }

    private Tensor Offer(SearchContext part, Tensor points, Tensor logits, SmallestPerturbation found)
    {
        var reached = part.Goal.IsReached(logits);
        found.Offer(points, ThreatModel.Distance(points, part.Origins), reached, StopDistance);
        return reached;
    }

    private Tensor Step(Tensor origins, Tensor points, Tensor ahead, Tensor gradient, Tensor reached)
    {
        var back = where(RowBroadcast.Spread(reached, points), points.sub(origins).mul_(Kept(StepBack)).add_(origins, One),
            points);
        var (here, there) = (Gain(back), Gain(origins));
        var (fromHere, fromOrigin) = (
            FabHyperplaneProjection.Find(back, gradient, here, ThreatModel),
            FabHyperplaneProjection.Find(origins, gradient, there, ThreatModel));
        var (length, full) = (Length(fromHere), Length(fromOrigin));
        var pull = RowBroadcast.Spread(length.div(full.add_(length, One)).clamp_max_(Kept(GreatestPull)), points);
        var near = fromHere.mul_(Kept(Overshoot)).add_(back, One);
        var far = fromOrigin.mul_(Kept(Overshoot)).add_(origins, One);
        return RangeClamp.Clamp(far.sub_(near).mul_(pull).add_(near, One), ThreatModel);

        // The tangent plane is ahead + ⟨gradient, z − points⟩ = 0.
        Tensor Gain(Tensor from) => from.sub(points).mul_(gradient).flatten(1).sum(1).add_(ahead, One).neg_();
        Tensor Length(Tensor step) => ThreatModel.Distance(step, zeros_like(step)).clamp_min_(Kept(1e-8));
    }

    /// <summary>The most likely classes but the label, (N, T).</summary>
    private Tensor Rivals(Tensor logits, Tensor labels) =>
        Logits.OtherClasses(logits, labels).topk((int)Math.Min(Targets, logits.shape[1] - 1), 1).indexes;
}
