using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>Projected gradient descent that sets its own step: APGD-CE, APGD-DLR and APGD-T.</summary>
/// <remarks>
/// Steps with momentum start at 2 ε and are halved, from the best point so far, at checkpoints where the loss no longer rises
/// (Croce and Hein, <see href="https://arxiv.org/abs/2003.01690"/>). Under L1 they go to a share of the steepest values that
/// follows the best point's sparsity, through balls of 3, 2 and 1 ε (<see href="https://arxiv.org/abs/2103.01208"/>). Unlike the
/// reference, the first rise of the loss is counted against the start's loss rather than against zero, and rows leave as soon as
/// they are fooled. With <see cref="AttackLoss.CrossEntropy"/> it is APGD-CE, with <see cref="AttackLoss.Dlr"/> APGD-DLR, with
/// <see cref="Targets"/> APGD-T. Fewer than about 50 steps leave one or two steps between checkpoints: then PGD is the better
/// choice.
/// </remarks>
public sealed class AutoProjectedGradientDescent : Attack
{
    private const ulong TargetStream = 0x54_61_72_67_65_74_00_00; // "Target", then its number

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    public AutoProjectedGradientDescent(ThreatModel threatModel)
        : base(threatModel)
    {
    }

    /// <summary>The number of steps of a run, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 100.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 100;

    /// <summary>
    /// The number of likeliest other classes that the targeted <see cref="DlrLoss"/> aims at, one run for each.
    /// </summary>
    /// <value>
    /// Zero or more, cut to the number of other classes. The default is 0: one run that maximises <see cref="Attack.Loss"/>.
    /// AutoAttack takes 9, under L1 5. Any wrong prediction is a success; goals that name a target ignore this.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Targets
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 0);
    }

    /// <summary>Whether a row is left alone once its goal is reached, rather than attacked to the end.</summary>
    /// <value>
    /// The default is true: verdicts are the same and evaluations much faster. False finds the points of largest loss.
    /// </value>
    public bool StopOnSuccess { get; init; } = true;

    /// <inheritdoc/>
    protected override string MethodName
    {
        get
        {
            var kind = Targets > 0 ? $"T{Targets}" : Loss is CrossEntropyLoss ? "CE" : Loss is DlrLoss ? "DLR" : $"{Loss}";
            return $"APGD-{kind}-{Steps}";
        }
    }

    internal override long ExpectedPasses => (Steps + 1L) * Math.Max(1, Targets) + 1;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        if (Targets == 0 || search.Goal.IsTargeted)
            Ascend(search, search.Random, null);
        else
            AttackTargets(search);
        return search.Best!.Inputs.clone();
    }

    private void AttackTargets(SearchContext search)
    {
        using var scope = NewDisposeScope();
        var others = TargetRule.Others(search.Forward(search.Origins), search.Goal.Labels); // (N, K − 1)
        var count = Math.Min(Targets, others.shape[1]);
        for (var target = 0; target < count; target++)
        {
            using var run = NewDisposeScope();
            Ascend(search, search.Random.Derive(TargetStream + (ulong)target), new DlrLoss(others.select(1, target)));
        }
    }

    /// <summary>One run over the rows still robust, or all of them.</summary>
    private void Ascend(SearchContext search, RowRandom random, AttackLoss? gradientLoss)
    {
        using var scope = NewDisposeScope();
        var (positions, origins) = (arange(Kept(0), Kept(search.Origins.shape[0]), One, ScalarType.Int64, search.Origins.device),
            search.Origins);
        if (StopOnSuccess && search.Best is { } best)
        {
            positions = best.Reached.logical_not().nonzero().squeeze(1);
            if (positions.shape[0] == 0)
                return;
            origins = origins.index_select(0, positions);
            random = random.Select(positions.cpu().data<long>().ToArray());
        }

        var start = search.Start?.index_select(0, positions);
        if (ThreatModel is not L1ThreatModel sparse)
        {
            start ??= ThreatModel.SurfaceStart(origins, random);
            new ApgdMomentumRun(search, gradientLoss, ThreatModel, Steps, StopOnSuccess).Run(positions, start);
            return;
        }

        foreach (var (radius, steps) in Stages(Steps))
        {
            var stage = (L1ThreatModel)sparse.WithEpsilon(radius * sparse.Epsilon);
            start = start is null ? stage.SurfaceStart(origins, random) : stage.Project(start, origins);
            start = new ApgdSparseRun(search, gradientLoss, stage, steps, StopOnSuccess, isLast: radius == 1)
                .Run(positions, start);
        }
    }

    /// <summary>Radii, in ε, and their steps: three wide to narrow balls, unless there are too few steps for that.</summary>
    internal static (double Radius, int Steps)[] Stages(int steps)
    {
        var wide = (int)Math.Ceiling(0.3 * steps);
        return steps <= 2 * wide ? [(1, steps)] : [(3, wide), (2, wide), (1, steps - 2 * wide)];
    }
}
