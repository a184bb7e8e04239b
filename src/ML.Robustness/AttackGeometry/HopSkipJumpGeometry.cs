using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>How <see cref="Attacks.HopSkipJumpAttack"/> moves: all lengths are in units of the budgets.</summary>
/// <param name="threatModel">The norm, the range and the budgets.</param>
/// <param name="length">The number of values of a row.</param>
/// <param name="tolerance">The share of the distance at which bisection ends; null for the paper's.</param>
internal sealed class HopSkipJumpGeometry(ThreatModel threatModel, long length, double? tolerance)
{
    private const double LeastTolerance = 1e-5, GreatestTolerance = 1e-3;

    /// <summary>By how much the noise grows with each try, and after how many it begins anew.</summary>
    private const double FirstNoise = 1.0 / 16, Growth = 1.2;
    private const int Growths = 128;

    private readonly ThreatModel _whole = threatModel.WithoutBall();
    private readonly long _movable = threatModel.Budgets?.Count(static budget => budget > 0) ?? length;

    private bool IsCube => threatModel.Name == "LInf";

    private bool IsSparse => threatModel.Name == "L1";

    /// <summary>
    /// The share of the distance at which bisection ends: 1/d² for L∞, 1/(d √d) otherwise, as in the paper, but within what
    /// tables of few columns and single precision allow.
    /// </summary>
    public double Tolerance => tolerance
        ?? Math.Clamp(1 / (_movable * (IsCube ? _movable : Math.Sqrt(_movable))), LeastTolerance, GreatestTolerance);

    /// <summary>How far the samples lie from a point at a distance of one.</summary>
    public double SampleRadius => Tolerance * (IsCube ? _movable : Math.Sqrt(_movable));

    /// <summary>Random points of the range, or noise of growing size where the range has no bounds; the caller
    /// disposes.</summary>
    /// <param name="origins">(M, …).</param>
    /// <param name="random">The samples' random numbers.</param>
    /// <param name="tries">The number of each try.</param>
    public Tensor RandomPoints(Tensor origins, RowRandom random, int[] tries)
    {
        using var scope = NewDisposeScope();
        var points = _whole.RandomStart(origins, random);
        if (double.IsFinite(threatModel.Range.Maximum - threatModel.Range.Minimum))
            return points.MoveToOuterDisposeScope();
        var sizes = Array.ConvertAll(tries, static number => FirstNoise * Math.Pow(Growth, number % Growths));
        var change = points.sub_(origins).mul_(RowBroadcast.Spread(Numbers(sizes, origins), origins));
        return RangeClamp.Clamp(change.add_(origins, One), threatModel).MoveToOuterDisposeScope();
    }

    /// <summary>Random points at given distances, or nearer; the caller disposes.</summary>
    /// <param name="origins">(M, …).</param>
    /// <param name="random">The samples' random numbers.</param>
    /// <param name="tries">The number of each try.</param>
    /// <param name="distances">The greatest distance of each.</param>
    public Tensor RandomPointsWithin(Tensor origins, RowRandom random, int[] tries, double[] distances)
    {
        using var scope = NewDisposeScope();
        var points = RandomPoints(origins, random, tries);
        var shares = Positive(threatModel.Distance(points, origins)).reciprocal_().mul_(Numbers(distances, origins))
            .clamp_max_(Kept(1));
        // Under L1 a share of the way is less than that share of the distance: the change is scaled as it is.
        return Towards(points, origins, shares, isScaled: !IsCube).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Points on the way to the origin: projected onto the ball of a share of the radius (L∞, L2), or with every change made
    /// smaller by the same amount (L1); the caller disposes.
    /// </summary>
    /// <param name="points">(M, …).</param>
    /// <param name="origins">(M, …).</param>
    /// <param name="shares">Zero for the origin, one for the point.</param>
    public Tensor Towards(Tensor points, Tensor origins, double[] shares)
    {
        using var scope = NewDisposeScope();
        return Towards(points, origins, Numbers(shares, origins), !IsCube && !IsSparse).MoveToOuterDisposeScope();
    }

    /// <summary>Random directions of Euclidean length one; fixed features do not move. The caller disposes.</summary>
    public Tensor Directions(Tensor like, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var noise = threatModel.OfMovable(IsCube ? random.Uniform(like, -1, 1) : random.Normal(like));
        return OverLength(noise).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A step of length one of steepest ascent, in the input's units: under L1 of the steepest value that has room. The caller
    /// disposes.
    /// </summary>
    /// <param name="points">(M, …).</param>
    /// <param name="gradients">(M, …), with respect to changes in budgets.</param>
    public Tensor Ascent(Tensor points, Tensor gradients)
    {
        using var scope = NewDisposeScope();
        return threatModel.InInputUnits(
            IsCube ? gradients.sign() : IsSparse ? Steepest(points, gradients) : OverLength(gradients))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Points moved by a step, inside the range; the caller disposes.</summary>
    public Tensor Step(Tensor points, Tensor ascent, double[] lengths)
    {
        using var scope = NewDisposeScope();
        var moved = ascent.mul(RowBroadcast.Spread(Numbers(lengths, points), points)).add_(points, One);
        return RangeClamp.Clamp(moved, threatModel).MoveToOuterDisposeScope();
    }

    private Tensor Towards(Tensor points, Tensor origins, Tensor shares, bool isScaled)
    {
        var change = threatModel.OfBudgets(points.sub(origins));
        var share = RowBroadcast.Spread(shares, origins);
        if (isScaled)
        {
            change.mul_(share);
        }
        else if (IsCube)
        {
            var most = Largest(change).mul_(share);
            change = change.minimum(most).maximum(most.neg());
        }
        else
        {
            var less = Largest(change).mul_(share.neg().add_(Kept(1), One));
            change = change.abs().sub_(less).clamp_min_(Kept(0)).mul_(change.sign());
        }
        return RangeClamp.Clamp(threatModel.InInputUnits(change).add_(origins, One), threatModel);
    }

    private Tensor Steepest(Tensor points, Tensor gradients)
    {
        var climb = gradients.masked_fill(threatModel.Room(points, gradients.gt(Kept(0))).le(Kept(0)), Kept(0)).flatten(1);
        var place = climb.abs().argmax(1, true);
        return zeros_like(climb).scatter_(1, place, climb.gather(1, place).sign_()).view(gradients.shape);
    }

    private static Tensor OverLength(Tensor vectors) =>
        vectors.div(RowBroadcast.Spread(Positive(vectors.flatten(1).pow(Kept(2)).sum(1).sqrt_()), vectors));

    private static Tensor Positive(Tensor lengths) => lengths.clamp_min_(Kept(RowBroadcast.Smallest(lengths.dtype)));

    private static Tensor Largest(Tensor change) => RowBroadcast.Spread(change.abs().flatten(1).amax([1L]), change);

    private static Tensor Numbers(double[] values, Tensor like) => tensor(values, device: CPU).to(like.dtype, like.device);
}
