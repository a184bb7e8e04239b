using ML.Robustness.Numerics;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <content>The exact maximum of a linear function over ball, range and budgets.</content>
public abstract partial class ThreatModel
{
    /// <summary>Finds the point of ball, range and budgets at which a linear function is largest.</summary>
    /// <param name="gradient">(N, …), the function's slopes.</param>
    /// <param name="origins">(N, …), the unperturbed inputs, inside the range.</param>
    /// <returns>(N, …), by <see cref="Distance"/> inside the ball; values of slope zero stay. The caller disposes.</returns>
    /// <remarks>Computed in float64; a value between two floats of the inputs' type becomes the one nearer the origin.</remarks>
    /// <exception cref="InvalidOperationException">There is neither a radius nor a bound.</exception>
    internal Tensor Maximize(Tensor gradient, Tensor origins)
    {
        if (Epsilon == 0)
            return origins.clone();
        using var scope = NewDisposeScope();
        var slopes = InBudgets(gradient.to(ScalarType.Float64));
        var start = origins.to(ScalarType.Float64);
        // The bounds as the inputs' type holds them, which is what clamping gives.
        var ends = InputRanges.Bounds(origins, slopes.gt(Kept(0))).to(ScalarType.Float64);
        var room = ends.sub_(start).mul_(slopes.sign()).clamp_min_(Kept(0));
        var lengths = Lengths(slopes, _budgets is null ? room : _budgets.Limit(room));
        if (double.IsInfinity(Epsilon) && !lengths.isfinite().all().cpu().item<bool>())
            throw new InvalidOperationException(
                $"Neither a radius nor the range {InputRanges} limits a linear function: give the threat model a radius.");
        var change = InInputUnits(lengths.view_as(slopes).mul_(slopes.sign()));
        var points = Rounded(change, start, origins);
        // Distances are sums in the inputs' type: what they round up comes off, by a growing share.
        for (var share = RoundingOf(origins.dtype); share < 1; share *= 4)
        {
            var isBeyond = Distance(points, origins).gt(Kept(Epsilon));
            if (!isBeyond.any().cpu().item<bool>())
                break;
            points = where(RowBroadcast.Spread(isBeyond, points), Rounded(change.mul(Kept(1 - share)), start, origins), points);
        }
        return points.MoveToOuterDisposeScope();
    }

    /// <summary>The largest change of a linear function inside the ball.</summary>
    /// <param name="slopes">(N, length), in the input's units.</param>
    /// <param name="room">(N, length), how far each value may move in the direction of its slope; possibly infinite.</param>
    /// <returns>(N); the caller disposes.</returns>
    internal Tensor LargestGain(Tensor slopes, Tensor room)
    {
        using var scope = NewDisposeScope();
        var steep = InBudgets(slopes);
        return Lengths(steep, _budgets is null ? room : _budgets.Limit(room.clone())).mul_(steep.abs()).sum(1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The step of each value at the maximum, (N, length), in budgets.</summary>
    /// <param name="steepness">(N, length), zero or more.</param>
    /// <param name="room">(N, length), zero where the steepness is.</param>
    private protected abstract Tensor Fill(Tensor steepness, Tensor room);

    private Tensor Lengths(Tensor slopes, Tensor room) =>
        Fill(slopes.abs().flatten(1), room.masked_fill(slopes.eq(Kept(0)), Kept(0)).flatten(1));

    /// <summary>The changed inputs in their own type, towards the origin where that does not hold a value.</summary>
    private Tensor Rounded(Tensor change, Tensor start, Tensor origins)
    {
        const double Slack = 1 + 1e-12;
        var points = start.add(change, One).to(origins.dtype);
        if (origins.dtype is ScalarType.Float32)
        {
            var isBeyond = points.to(ScalarType.Float64).sub_(start).abs_().gt(change.abs().mul_(Kept(Slack)));
            points = where(isBeyond, nextafter(points, origins), points);
        }
        return RangeClamp.Clamp(points, this);
    }

    private static double RoundingOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => 4e-16,
        ScalarType.Float32 => 2e-7,
        _ => 2e-3,
    };
}
