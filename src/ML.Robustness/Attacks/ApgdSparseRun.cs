using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// APGD for L1: steps spread evenly over the steepest values, as many as two thirds of those the best point has changed.
/// </summary>
/// <remarks>
/// At each checkpoint a row whose best point became sparser starts again from it with the full step; others shorten theirs.
/// </remarks>
internal sealed class ApgdSparseRun(
    SearchContext search, AttackLoss? gradientLoss, L1ThreatModel threatModel, int steps, bool drops, bool isLast)
    : ApgdRun(search, gradientLoss, steps, drops, judges: isLast)
{
    private const double CheckShare = 0.04, Widening = 1.5, Shortening = 1.5, ShortestShare = 0.1, SparserShare = 0.95;

    private readonly L1ThreatModel _threatModel = threatModel;
    private Tensor _support = null!; // (N): how many values the best point has changed
    private Tensor _share = null!; // (N): the share of the values that a step goes to

    protected override IReadOnlyList<int> Checkpoints()
    {
        var interval = Math.Max((int)(CheckShare * Steps), 1);
        return [.. Enumerable.Range(1, Steps / interval).Select(check => check * interval)];
    }

    protected override void Begin()
    {
        StepSize = full_like(Loss, Kept(_threatModel.Epsilon));
        _support = Support();
        _share = Share(_support);
    }

    protected override Tensor Move(bool isFirst)
    {
        var step = _threatModel.SparseDirection(Gradient, _share).mul_(RowBroadcast.Spread(StepSize, Gradient));
        return _threatModel.Project(step.add_(Candidates, One), Origins);
    }

    protected override void Check(int interval)
    {
        var support = Support();
        var sparser = support.lt(_support.mul(Kept(SparserShare)));
        var whole = full_like(StepSize, Kept(_threatModel.Epsilon));
        Replace(ref StepSize,
            where(sparser, whole, StepSize.div(Kept(Shortening)).clamp_min_(Kept(ShortestShare * _threatModel.Epsilon))));
        ReturnToBest(sparser);
        Replace(ref _share, Share(support));
        Replace(ref _support, support);
    }

    protected override void KeepInputs(Tensor positions)
    {
        KeepInputs(ref _support, positions);
        KeepInputs(ref _share, positions);
    }

    private Tensor Support() => Best.ne(Origins).flatten(1).to(Loss.dtype).sum(1);

    private Tensor Share(Tensor support) => support.div(Kept(Best.numel() / Best.shape[0] * Widening));
}
