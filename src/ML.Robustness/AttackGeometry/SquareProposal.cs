using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>Where <see cref="Attacks.SquareAttack"/> begins and what it tries next, for one batch.</summary>
internal abstract class SquareProposal
{
    private readonly Tensor _rowNumbers;
    private readonly Tensor _columnNumbers;

    private protected SquareProposal(ThreatModel threatModel, Tensor origins)
    {
        (ThreatModel, Origins, Frame) = (threatModel, origins, new SquareImageView(origins));
        _rowNumbers = arange(Kept(0), Kept(Frame.Height), One, ScalarType.Float32, origins.device).view(1, 1, -1, 1);
        _columnNumbers = arange(Kept(0), Kept(Frame.Width), One, ScalarType.Float32, origins.device).view(1, 1, 1, -1);
    }

    private protected ThreatModel ThreatModel { get; }

    private protected Tensor Origins { get; }

    private protected SquareImageView Frame { get; }

    public static SquareProposal For(ThreatModel threatModel, Tensor origins) => threatModel.Name switch
    {
        "L1" => new SquareHillProposal(threatModel, origins, power: 1),
        "LInf" => new SquareLInfProposal(threatModel, origins),
        _ => new SquareHillProposal(threatModel, origins, power: 2),
    };

    /// <summary>The first candidates, inside the threat model; the caller disposes.</summary>
    public abstract Tensor Start(RowRandom random);

    /// <summary>
    /// Candidates that differ from others in one window of each row, inside the threat model; the caller disposes.
    /// </summary>
    public abstract Tensor Propose(Tensor candidates, double share, RowRandom random);

    /// <summary>Numbers in [0, 1], (N, count): float32, whatever the batch is of.</summary>
    private protected Tensor Draw(RowRandom random, long count)
    {
        using var like = empty([Frame.Rows, count], ScalarType.Float32, Origins.device);
        return random.Uniform(like, 0, 1);
    }

    /// <summary>A number of each row for every pixel, (N, 1, 1, 1).</summary>
    private protected static Tensor Column(Tensor draws, long column) => draws.narrow(1, column, 1).view(-1, 1, 1, 1);

    /// <summary>Signs drawn for each row and channel, (N, C, 1, 1), true for plus.</summary>
    private protected Tensor Signs(Tensor draws, long first) =>
        draws.narrow(1, first, Frame.Channels).ge(Kept(0.5)).view(Frame.Rows, Frame.Channels, 1, 1);

    /// <summary>
    /// Places a window at two numbers of each row: pixels as seen from its corner, (N, 1, H, 1) and (N, 1, 1, W).
    /// </summary>
    private protected (Tensor Down, Tensor Across) Place(Tensor draws, long first, (long Height, long Width) window)
    {
        var top = Column(draws, first).mul(Kept(Frame.Height - window.Height + 1)).floor_()
            .clamp_max_(Kept(Frame.Height - window.Height));
        var left = Column(draws, first + 1).mul(Kept(Frame.Width - window.Width + 1)).floor_()
            .clamp_max_(Kept(Frame.Width - window.Width));
        return (_rowNumbers.sub(top), _columnNumbers.sub(left));
    }

    /// <summary>The pixels of placed windows, (N, 1, H, W).</summary>
    private protected static Tensor Inside((Tensor Down, Tensor Across) place, (long Height, long Width) window) =>
        place.Down.ge(Kept(0)).logical_and_(place.Down.lt(Kept(window.Height)))
            .logical_and(place.Across.ge(Kept(0)).logical_and_(place.Across.lt(Kept(window.Width))));
}
