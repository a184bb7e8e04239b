using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>L∞: vertical stripes at first, then one square of each row whose channels are all plus or all minus ε.</summary>
internal sealed class SquareLInfProposal : SquareProposal
{
    private readonly Tensor _up;
    private readonly Tensor _down;

    public SquareLInfProposal(ThreatModel threatModel, Tensor origins)
        : base(threatModel, origins)
    {
        var change = threatModel.InInputUnits(full_like(origins, Kept(threatModel.Epsilon)));
        _up = Frame.View(threatModel.Project(origins.add(change, One), origins));
        _down = Frame.View(threatModel.Project(origins.sub(change), origins));
    }

    public override Tensor Start(RowRandom random)
    {
        using var scope = NewDisposeScope();
        var signs = Draw(random, Frame.Channels * Frame.Width).ge(Kept(0.5)).view(Frame.Rows, Frame.Channels, 1, Frame.Width);
        return Frame.Restore(where(signs, _up, _down)).MoveToOuterDisposeScope();
    }

    public override Tensor Propose(Tensor candidates, double share, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var window = Frame.Window(share);
        var draws = Draw(random, 2 + Frame.Channels);
        var inside = Inside(Place(draws, 0, window), window);
        var patches = where(Signs(draws, 2), _up, _down);
        return Frame.Restore(where(inside, patches, Frame.View(candidates))).MoveToOuterDisposeScope();
    }
}
