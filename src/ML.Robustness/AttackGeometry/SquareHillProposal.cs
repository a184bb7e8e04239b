using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>
/// L2 and L1: hills with a hole beside them, a grid of them at first; then the change in one window moves into another.
/// </summary>
/// <remarks>
/// The whole radius is used at all times: what a second window loses, and what is left of ε, goes into the first, in each channel
/// alike. In windows of one pixel's height, as in vectors, hill and hole lie side by side.
/// </remarks>
internal sealed class SquareHillProposal(
    ThreatModel threatModel, Tensor origins, int power) : SquareProposal(threatModel, origins)
{
    private const double Tiny = 1e-12;
    private const long Tiles = 5;

    private readonly double _radius = threatModel.Reach(origins);
    private (long, long) _size;
    private double[] _hills = [];

    public override Tensor Start(RowRandom random)
    {
        using var scope = NewDisposeScope();
        var (down, across) = (Math.Min(Tiles, Frame.Height), Math.Min(Tiles, Frame.Width));
        var (height, width) = (Frame.Height / down, Frame.Width / across);
        var (top, left) = ((Frame.Height - down * height) / 2, (Frame.Width - across * width) / 2);
        var hills = Hills((height, width)).view(2, 1, 1, height, width);
        var draws = Draw(random, down * across * (1 + Frame.Channels));
        var change = zeros([Frame.Rows, Frame.Channels, Frame.Height, Frame.Width], Origins.dtype, Origins.device);
        for (var tile = 0L; tile < down * across; tile++)
        {
            using var step = NewDisposeScope();
            var first = tile * (1 + Frame.Channels);
            var hill = where(Column(draws, first).lt(Kept(0.5)), hills[0], hills[1]);
            hill = where(Signs(draws, first + 1), hill, hill.neg());
            change.narrow(2, top + tile / across * height, height).narrow(3, left + tile % across * width, width).copy_(hill);
        }
        return Fill(change).MoveToOuterDisposeScope();
    }

    public override Tensor Propose(Tensor candidates, double share, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var window = Frame.Window(share, least: 3, isOdd: true);
        var draws = Draw(random, 5 + Frame.Channels);
        var place = Place(draws, 0, window);
        var inside = Inside(place, window).to(Origins.dtype);
        var either = Inside(Place(draws, 2, window), window).to(Origins.dtype).maximum(inside);

        var change = Frame.View(ThreatModel.OfBudgets(candidates.sub(Origins)));
        var mass = Mass(change);
        var left = mass.sum([1L, 2L, 3L], keepdim: true).neg_().add_(Kept(Math.Pow(_radius, power)), One).clamp_min_(Kept(0))
            .div_(Kept(Frame.Channels));
        var freed = mass.mul(either).sum([2L, 3L], keepdim: true).add_(left, One);

        var old = change.mul(inside);
        var mixed = Hill(place, window, Column(draws, 4).lt(Kept(0.5))).mul_(inside);
        mixed = where(Signs(draws, 5), mixed, mixed.neg()).add_(old.div(Length(old, [2L, 3L]).clamp_min_(Kept(Tiny))), One);
        mixed.mul_(Root(freed).div_(Length(mixed, [2L, 3L]).clamp_min_(Kept(Tiny))));
        return Fill(change.mul_(either.neg_().add_(Kept(1), One)).add_(mixed, One)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A change stretched or shrunk to the whole radius, on the origins; the range can only bring it nearer, so that no
    /// projection is due.
    /// </summary>
    private Tensor Fill(Tensor change)
    {
        var scale = Length(change, [1L, 2L, 3L]).clamp_min_(Kept(Tiny)).reciprocal_().mul_(Kept(_radius));
        return RangeClamp.Clamp(ThreatModel.InInputUnits(Frame.Restore(change.mul(scale))).add_(Origins, One), ThreatModel);
    }

    private Tensor Mass(Tensor change) => power == 1 ? change.abs() : change.pow(Kept(2));

    private Tensor Root(Tensor mass) => power == 1 ? mass : mass.sqrt();

    private Tensor Length(Tensor change, long[] dimensions) => Root(Mass(change).sum(dimensions, keepdim: true));

    /// <summary>The hill at each row's window, (N, 1, H, W); anything outside it.</summary>
    private Tensor Hill((Tensor Down, Tensor Across) place, (long Height, long Width) window, Tensor lies)
    {
        var pixels = place.Down.clamp(Kept(0), Kept(window.Height - 1)).mul(Kept(window.Width))
            .add(place.Across.clamp(Kept(0), Kept(window.Width - 1)), One);
        var numbers = lies.to(ScalarType.Float32).mul_(Kept(window.Height * window.Width)).add(pixels, One).to(ScalarType.Int64);
        return Hills(window).view(-1).index_select(0, numbers.view(-1)).view(Frame.Rows, 1, Frame.Height, Frame.Width);
    }

    /// <summary>Two tables, (2, height, width): hill above hole, and hill beside hole.</summary>
    private Tensor Hills((long Height, long Width) window)
    {
        if (_size != window)
            (_size, _hills) = (window, Heaps(window));
        using var scope = NewDisposeScope();
        var tables = tensor(_hills, device: CPU).view(2, window.Height, window.Width);
        return tables.div_(Length(tables, [1L, 2L])).to(Origins.dtype, Origins.device).MoveToOuterDisposeScope();
    }

    private static double[] Heaps((long Height, long Width) window)
    {
        var above = new double[window.Height, window.Width];
        var beside = new double[window.Height, window.Width];
        var (halfHeight, halfWidth) = (window.Height / 2, window.Width / 2);
        Heap(above, (0, 0), (halfHeight, window.Width), 1);
        Heap(above, (halfHeight, 0), (window.Height - halfHeight, window.Width), halfHeight == 0 ? 1 : -1);
        Heap(beside, (0, 0), (window.Height, halfWidth), 1);
        Heap(beside, (0, halfWidth), (window.Height, window.Width - halfWidth), halfWidth == 0 ? 1 : -1);
        // Where one side is a single pixel there is but one way to put them.
        return [.. (halfHeight == 0 ? beside : above).Cast<double>(), .. (halfWidth == 0 ? above : beside).Cast<double>()];
    }

    /// <summary>
    /// Rectangles about the middle that widen by one pixel a side, each thinner than the last by the square of its number.
    /// </summary>
    private static void Heap(double[,] table, (long Top, long Left) corner, (long Height, long Width) size, double sign)
    {
        var (down, across) = (size.Height / 2, size.Width / 2);
        var scale = 0.0;
        for (var ring = 0L; ring <= Math.Max(down, across); ring++)
            scale += 1.0 / ((ring + 1) * (ring + 1));
        for (var y = 0L; y < size.Height; y++)
        {
            for (var x = 0L; x < size.Width; x++)
            {
                var height = 0.0;
                for (var ring = Math.Max(Math.Abs(y - down), Math.Abs(x - across)); ring <= Math.Max(down, across); ring++)
                    height += 1.0 / ((ring + 1) * (ring + 1));
                table[corner.Top + y, corner.Left + x] = sign * height / scale;
            }
        }
    }
}
