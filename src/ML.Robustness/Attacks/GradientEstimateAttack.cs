using ML.Robustness.AttackGeometry;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>PGD along gradients that are estimated from scores, for models without gradients: SPSA and NES.</summary>
/// <remarks>
/// The estimate is the mean of (L(x + δu) − L(x − δu)) / (2δ) · u over random directions u, of signs (SPSA: Uesato et al.,
/// <see href="https://arxiv.org/abs/1802.05666"/>) or normal ones (NES: Ilyas et al.,
/// <see href="https://arxiv.org/abs/1804.08598"/>). Unlike SPSA's reference the steps are those of PGD with momentum rather than
/// Adam's, so that every threat model has its own geometry, and δ is in units of the budgets. A row is left alone as soon as its
/// goal is reached, by an iterate or by a sample inside the ball.
/// </remarks>
public sealed class GradientEstimateAttack : Attack
{
    private const ulong DirectionStream = 0x44_69_72_65_63_74_00_00; // "Direct", then the step
    private const double DefaultShare = 0.25;

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">The perturbations that the attack may use.</param>
    public GradientEstimateAttack(ThreatModel threatModel)
        : base(threatModel) => Loss = AttackLoss.Margin;

    /// <summary>The random directions.</summary>
    /// <value>The default is <see cref="EstimateDirections.Rademacher"/>, SPSA's.</value>
    /// <exception cref="ArgumentOutOfRangeException">There are no such directions.</exception>
    public EstimateDirections Directions
    {
        get;
        init => field = ArgumentChecks.Defined(value);
    } = EstimateDirections.Rademacher;

    /// <summary>The most times that a row goes through the network, the verdict included.</summary>
    /// <value>Four or more. The default is 5000.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below four.</exception>
    public int Queries
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 4);
    } = 5000;

    /// <summary>The number of directions for each step, each tried forwards and backwards.</summary>
    /// <value>One or more. The default is 50, which are NES's 100 samples.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Pairs
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 50;

    /// <summary>How far along a direction the samples lie, δ, in the input's units or in budgets.</summary>
    /// <value>
    /// A finite number above zero. The default, null, moves the samples of SPSA by a quarter of ε in the threat model's norm.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? SampleRadius
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>The length of a step in the threat model's norm.</summary>
    /// <value>
    /// A finite number above zero. The default, null, is 2.5 ε over the number of steps that the queries allow; without a radius
    /// half the range's diagonal takes its place.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>The share of the former direction in each step's.</summary>
    /// <value>Zero or more, below one. The default is 0.9, NES's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, one or more, or not a number.</exception>
    public double Momentum
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Momentum), value, "Momentum must be zero or more and below one: zero for none.");
    } = 0.9;

    /// <inheritdoc/>
    protected override string MethodName => $"{(Directions == EstimateDirections.Normal ? "NES" : "SPSA")}-{Queries}";

    internal override long ExpectedPasses =>
        SamplePasses.Expected(Queries / EotSamples, ThreatModel.Budgets?.Count);

    /// <inheritdoc/>
    protected internal override bool AcceptsStarts => true;

    private bool HasScale =>
        double.IsFinite(ThreatModel.Epsilon) || double.IsFinite(ThreatModel.Range.Maximum - ThreatModel.Range.Minimum);

    private int StepQueries => (2 * Pairs) + 1;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        if (!HasScale && (StepSize is null || SampleRadius is null))
            throw new InvalidOperationException(
                $"Neither a radius nor the range {ThreatModel.Range} gives a scale: give the attack a {nameof(StepSize)} and a "
                + $"{nameof(SampleRadius)}.");
        using var scope = NewDisposeScope();
        var origins = search.Origins;
        var points = search.Start?.clone()
            ?? (search.Restart == 0 ? origins.clone() : ThreatModel.RandomStart(origins, search.Random));
        var velocity = zeros_like(points);
        // The last candidates go through the network twice: offered as they are, and projected by the base.
        var left = (Queries / search.Samples) - 2;
        var size = StepSize ?? 2.5 * ThreatModel.Reach(origins) / Math.Max(1, left / StepQueries);
        var open = LongRange(origins.shape[0]);
        for (var step = 0; left > 0; step++)
        {
            using var inner = NewDisposeScope();
            open = StillOpen(search, points, open);
            var pairs = Math.Min(Pairs, --left / 2);
            if (open.Length == 0 || pairs == 0)
                break;
            var (gradients, isFound) = Estimate(search, points, open, pairs, step);
            left -= 2 * pairs;
            open = [.. open.Where((_, place) => !isFound[place])];
            if (open.Length == 0)
                break;
            var positions = Positions(open, origins);
            var kept = gradients.index_select(0, Positions(Places(isFound), origins));
            var next = velocity.index_select(0, positions).mul_(Kept(Momentum)).add_(kept, Kept(1 - Momentum));
            velocity.index_copy_(0, positions, next);
            var moved = ThreatModel.Step(points.index_select(0, positions), ThreatModel.OfBudgets(next), size);
            points.index_copy_(0, positions, ThreatModel.Project(moved, origins.index_select(0, positions)));
        }
        search.Offer(points, search.ForwardMean(points));
        return points.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The estimated gradients of rows with respect to changes in budgets, (M, …), and which rows reached the goal at a sample
    /// inside the ball: they are moved there.
    /// </summary>
    internal (Tensor Gradients, bool[] IsFound) Estimate(SearchContext search, Tensor points, long[] rows, int pairs, int step)
    {
        using var scope = NewDisposeScope();
        var length = points.numel() / points.shape[0];
        var (radius, isFound) = (Radius(search.Origins, length), new bool[rows.Length]);
        var random = search.Random.Derive(DirectionStream + (ulong)step);
        var counts = new int[rows.Length];
        Array.Fill(counts, pairs);
        var sums = new DirectionSums(points.index_select(0, Positions(rows, points)));
        foreach (var (half, numbers) in SamplePasses.Split(counts, Math.Max(1, SamplePasses.Size(BatchSize, length) / 2)))
        {
            using var inner = NewDisposeScope();
            int[] places = [.. half, .. half];
            var owners = Array.ConvertAll(places, place => rows[place]);
            var positions = Positions(owners, points);
            var centres = points.index_select(0, positions);
            var forwards = Draw(centres.narrow(0, 0, half.Length), random.Copies(owners[..half.Length], numbers));
            var radii = new double[places.Length];
            Array.Fill(radii, radius);
            var (samples, directions) = DirectionSamples.Around(
                ThreatModel, centres, cat([forwards, forwards.neg()]), radii);
            using var part = search.Select(positions, search.Random);
            var logits = part.ForwardMean(samples);
            sums.Add(directions, places, Losses(part, logits, radius));
            Keep(part, points, rows, places, samples, part.Goal.IsReached(logits), isFound);
        }
        return (sums.Mean().MoveToOuterDisposeScope(), isFound);
    }

    private static double[] Losses(SearchContext part, Tensor logits, double radius)
    {
        using var quiet = no_grad();
        return part.SignedLoss(logits).to(ScalarType.Float64).div_(Kept(radius)).cpu().data<double>().ToArray();
    }

    /// <summary>Moves rows to their first sample that reaches the goal inside the ball.</summary>
    private void Keep(
        SearchContext part, Tensor points, long[] rows, int[] places, Tensor samples, Tensor reached, bool[] isFound)
    {
        if (!reached.any().cpu().item<bool>())
            return;
        var wins = reached.logical_and(ThreatModel.Distance(samples, part.Origins).le(Kept(ThreatModel.Epsilon))).cpu()
            .data<bool>()
            .ToArray();
        // In the order of the samples, whatever the passes are: forwards before backwards where both are in one.
        foreach (var i in Enumerable.Range(0, wins.Length).Where(i => wins[i])
            .OrderBy(i => i % (wins.Length / 2)).ThenBy(static i => i))
        {
            if (isFound[places[i]])
                continue;
            isFound[places[i]] = true;
            points[rows[places[i]]] = samples[i];
        }
    }

    private static long[] StillOpen(SearchContext search, Tensor points, long[] open)
    {
        if (open.Length == 0)
            return open;
        using var scope = NewDisposeScope();
        var positions = Positions(open, points);
        using var part = search.Select(positions, search.Random);
        var reached = part.Goal.IsReached(part.ForwardMean(points.index_select(0, positions))).cpu().data<bool>().ToArray();
        return [.. open.Where((_, place) => !reached[place])];
    }

    private Tensor Draw(Tensor like, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var numbers = Directions == EstimateDirections.Normal
            ? random.Normal(like)
            : random.Uniform(like, -1, 1).ge(Kept(0)).to(like.dtype).mul_(Kept(2)).sub_(Kept(1));
        return ThreatModel.OfMovable(numbers).MoveToOuterDisposeScope();
    }

    /// <summary>δ: by default such that a vector of signs times δ is a share of the radius long.</summary>
    private double Radius(Tensor origins, long length)
    {
        var movable = ThreatModel.Budgets?.Count(static budget => budget > 0) ?? length;
        return SampleRadius ?? (DefaultShare * ThreatModel.Reach(origins) / ThreatModel.Name switch
        {
            "LInf" => 1,
            "L1" => movable,
            _ => Math.Sqrt(movable),
        });
    }

    private static long[] LongRange(long count) => [.. Enumerable.Range(0, checked((int)count)).Select(static row => (long)row)];

    private static long[] Places(bool[] isFound) =>
        [.. Enumerable.Range(0, isFound.Length).Where(place => !isFound[place]).Select(static place => (long)place)];

    private static Tensor Positions(long[] rows, Tensor like) => tensor(rows, device: CPU).to(like.device);
}
