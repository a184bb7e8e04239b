using ML.Robustness.AttackGeometry;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// Looks for the least Euclidean change by weighing it against the margin, with a weight of its own for each row: Carlini and
/// Wagner's L2 attack.
/// </summary>
/// <remarks>
/// Minimises ‖δ‖² + c · max(κ − margin, 0) with Adam, and c by bisection (<see href="https://arxiv.org/abs/1608.04644"/>). Unlike
/// the reference, the search stays inside the range by projection rather than by a hyperbolic tangent, whose gradient vanishes at
/// the ends and which has no ends to offer for unbounded values; the steps shorten linearly to zero; and what was found is moved
/// back to the boundary at the end. It counts as a success where it lies in the threat model's ball. Under L∞ the search stays in
/// the ball, too, and finds the least Euclidean change there.
/// </remarks>
public sealed class CarliniWagner : Attack
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double Smoothing = 1e-8;

    private readonly ThreatModel _euclidean;

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">
    /// What the adversary may do; to measure the least change wherever it lies, an L2 ball of generous radius.
    /// </param>
    public CarliniWagner(ThreatModel threatModel)
        : base(threatModel)
    {
        Loss = AttackLoss.Margin;
        _euclidean = threatModel.WithoutBall();
    }

    /// <summary>The number of steps for each weight, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 200.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 200;

    /// <summary>The number of weights of the margin that are tried for each row.</summary>
    /// <value>One or more. The default is 9.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int SearchSteps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 9;

    /// <summary>The length of the first steps, by which each value moves.</summary>
    /// <value>A finite number above zero. The default, null, is 0.03 of the range, each feature's own where it has one, or 0.03
    /// where the range has no bounds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>The first weight of the margin; it grows tenfold while nothing is found.</summary>
    /// <value>A finite number above zero. The default is 0.001.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double FirstWeight
    {
        get;
        init => field = ArgumentChecks.Positive(value);
    } = 1e-3;

    /// <summary>The margin κ that is sought, in logits.</summary>
    /// <value>A finite number of zero or more. The default is 0: just across the boundary.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Confidence
    {
        get;
        init => field = ArgumentChecks.NotNegative(value);
    }

    /// <inheritdoc/>
    protected override string MethodName => $"CW-{SearchSteps}x{Steps}";

    internal override long ExpectedPasses => (Steps + 1L) * SearchSteps + 1;

    /// <summary>
    /// Where the search may go. Projection onto a round ball and steps that each value scales for itself would meet in the wrong
    /// place.
    /// </summary>
    private ThreatModel Space => ThreatModel.Name == "LInf" ? ThreatModel : _euclidean;

    private double FirstStep => StepSize ?? FirstStepIn(ThreatModel.Range);

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        var logits = search.Forward(search.Origins);
        var margins = FabFinalSearch.Margins(search, logits);
        var already = search.Goal.IsReached(logits).logical_and_(margins.ge(Kept(Confidence)));
        using var nearest = new SmallestPerturbation(
            search.Origins, where(already, zeros_like(margins), full_like(margins, Kept(double.PositiveInfinity))));
        var last = search.Origins.clone();
        var open = nearest.StillSearched(0).nonzero().squeeze(1);
        if (open.shape[0] > 0)
        {
            using var part = search.Select(open, search.Random.Select(open.cpu().data<long>().ToArray()), AttackLoss.Margin);
            using var found = nearest.Select(open);
            last.index_copy_(0, open, TryWeights(part, found));
            nearest.Put(open, found);
        }
        var shortest = Confidence > 0 ? nearest.Inputs : FabFinalSearch.Shorten(search, nearest, logits);
        return FabFinalSearch.Offer(search, shortest, nearest.IsFound, last).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Bisects each row's weight: less where something was found, more where nothing was. Returns the last candidates.
    /// </summary>
    private Tensor TryWeights(SearchContext part, SmallestPerturbation found)
    {
        var weights = full_like(found.Distances, Kept(FirstWeight));
        var (low, high) = (zeros_like(weights), full_like(weights, Kept(double.PositiveInfinity)));
        Tensor? last = null;
        for (var round = 0; round < SearchSteps; round++)
        {
            using var scope = NewDisposeScope();
            last?.Dispose();
            (last, var isFound) = Descend(part, weights, found, part.Random.Derive((ulong)round));
            last.MoveToOuterDisposeScope();
            low.copy_(where(isFound, low, weights));
            high.copy_(where(isFound, weights, high));
            weights.copy_(where(high.isinf(), weights.mul(Kept(10)), low.add(high, One).div_(Kept(2))));
        }
        return last!;
    }

    private (Tensor Last, Tensor IsFound) Descend(
        SearchContext part, Tensor weights, SmallestPerturbation found, RowRandom random)
    {
        var origins = part.Origins;
        using var scope = NewDisposeScope();
        var points = part.Restart == 0 ? origins.clone() : ThreatModel.RandomStart(origins, random);
        var (mean, square) = (zeros_like(origins), zeros_like(origins));
        var isFound = zeros_like(weights, ScalarType.Bool);
        // Where each feature has a range, a step is its share of that: (1, …).
        var firstSteps = ThreatModel.Ranges is not null && StepSize is null
            ? ThreatModel.InputRanges.Row(origins, FirstStepIn)
            : null;
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var (margins, gradient, logits) = part.Gradient(points);
            var succeeds = Offer(part, points, margins, logits, found);
            // Early steps may overshoot whatever the weight; it is enough when the later ones, which are shorter, still succeed.
            if (2 * step >= Steps)
                isFound.copy_(isFound.logical_or(succeeds));
            var pull = margins.lt(Kept(Confidence)).to(weights.dtype).mul_(weights);
            var slope = ThreatModel.OfBudgets(ThreatModel.OfBudgets(points.sub(origins))).mul_(Kept(2))
                .sub_(gradient.mul_(RowBroadcast.Spread(pull, gradient)));
            mean.mul_(Kept(FirstDecay)).add_(slope.mul(Kept(1 - FirstDecay)), One);
            square.mul_(Kept(SecondDecay)).add_(slope.pow(Kept(2)).mul_(Kept(1 - SecondDecay)), One);
            var size = (firstSteps is null ? FirstStep : 1) * (Steps - step) / Steps / (1 - Math.Pow(FirstDecay, step + 1));
            var spread = square.div(Kept(1 - Math.Pow(SecondDecay, step + 1))).sqrt_().add_(Kept(Smoothing), One);
            var move = mean.div(spread).mul_(Kept(size));
            if (firstSteps is not null)
                move.mul_(firstSteps);
            var next = Space.Project(points.sub(move), origins);
            points.Dispose();
            points = next.MoveToOuterDisposeScope();
        }
        var outputs = part.Forward(points);
        isFound.copy_(isFound.logical_or(Offer(part, points, part.SignedLoss(outputs), outputs, found)));
        return (points.MoveToOuterDisposeScope(), isFound.MoveToOuterDisposeScope());
    }

    private static double FirstStepIn(ValueRange range) =>
        0.03 * (range.Maximum - range.Minimum is var width && double.IsFinite(width) ? width : 1);

    private Tensor Offer(SearchContext part, Tensor points, Tensor margins, Tensor logits, SmallestPerturbation found)
    {
        var succeeds = part.Goal.IsReached(logits).logical_and_(margins.ge(Kept(Confidence)));
        found.Offer(points, _euclidean.Distance(points, part.Origins), succeeds);
        return succeeds;
    }
}
