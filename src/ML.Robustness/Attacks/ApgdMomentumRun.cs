using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>APGD for L∞ and L2: momentum, and steps that are halved where the loss no longer rises.</summary>
internal sealed class ApgdMomentumRun(
    SearchContext search, AttackLoss? gradientLoss, ThreatModel threatModel, int steps, bool drops)
    : ApgdRun(search, gradientLoss, steps, drops, judges: true)
{
    private const double FirstStep = 2, Inertia = 0.25, RisingShare = 0.75;

    private readonly ThreatModel _threatModel = threatModel;
    private Tensor _rises = null!; // (N): how often the loss rose since the last checkpoint
    private Tensor _lossThen = null!; // (N): the best loss at the last checkpoint
    private Tensor _halvedThen = null!; // (N), Bool

    /// <summary>22 % of the steps, then each time 3 % fewer, down to 6 %.</summary>
    public static List<int> CheckpointsOf(int steps)
    {
        var (interval, least, fewer) = (Share(0.22), Share(0.06), Share(0.03));
        var checkpoints = new List<int>();
        for (var step = interval; step <= steps; step += interval)
        {
            checkpoints.Add(step);
            interval = Math.Max(interval - fewer, least);
        }
        return checkpoints;

        int Share(double share) => Math.Max((int)(share * steps), 1);
    }

    protected override IReadOnlyList<int> Checkpoints() => CheckpointsOf(Steps);

    protected override void Begin()
    {
        StepSize = full_like(Loss, Kept(FirstStep * _threatModel.Reach(Origins)));
        _rises = zeros_like(Loss);
        _lossThen = BestLoss.clone();
        // As if the steps had just been halved: the first checkpoint must not do it for want of improvement.
        _halvedThen = ones_like(Loss, ScalarType.Bool);
    }

    protected override Tensor Move(bool isFirst)
    {
        var step = _threatModel.Direction(Gradient).mul_(RowBroadcast.Spread(StepSize, Gradient));
        var next = _threatModel.Project(step.add_(Candidates, One), Origins);
        if (isFirst)
            return next;
        var carried = Candidates.sub(Former).mul_(Kept(Inertia));
        return _threatModel.Project(next.sub_(Candidates).mul_(Kept(1 - Inertia)).add_(carried, One).add_(Candidates, One),
            Origins);
    }

    protected override void See(Tensor loss) => Replace(ref _rises, _rises.add(loss.gt(Loss).to(loss.dtype), One));

    protected override void Check(int interval)
    {
        var wavers = _rises.le(Kept(RisingShare * interval));
        var stalls = _halvedThen.logical_not().logical_and(_lossThen.ge(BestLoss));
        var halved = wavers.logical_or(stalls);
        Replace(ref StepSize, where(halved, StepSize.mul(Kept(0.5)), StepSize));
        ReturnToBest(halved);
        Replace(ref _halvedThen, halved);
        Replace(ref _lossThen, BestLoss.clone());
        Replace(ref _rises, zeros_like(_rises));
    }

    protected override void KeepInputs(Tensor positions)
    {
        KeepInputs(ref _rises, positions);
        KeepInputs(ref _lossThen, positions);
        KeepInputs(ref _halvedThen, positions);
    }
}
