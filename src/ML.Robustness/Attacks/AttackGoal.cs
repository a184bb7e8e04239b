using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>What an attack wants of each row: any class but the label, or one chosen class.</summary>
public sealed class AttackGoal
{
    private readonly TargetRule? _rule;
    private (long Least, long Greatest)? _bounds;

    private AttackGoal(Tensor labels, bool isTargeted, TargetRule? rule = null, string name = "labels")
    {
        Labels = ClassLabels.Check(labels, name, name == "targets" ? "Targets" : "Labels");
        IsTargeted = isTargeted;
        _rule = rule;
    }

    /// <summary>The true labels, or the targets, (N), Int64.</summary>
    public Tensor Labels { get; }

    /// <summary>Whether <see cref="Labels"/> are classes to reach rather than to leave.</summary>
    public bool IsTargeted { get; }

    /// <summary>
    /// Whether the targets still depend on the network's outputs; <see cref="Labels"/> are the true classes until
    /// <see cref="Resolve"/>.
    /// </summary>
    internal bool NeedsTargets => _rule is not null;

    /// <summary>Creates the goal of any wrong prediction.</summary>
    /// <param name="labels">(N), Int64, the true classes; stays the caller's.</param>
    /// <returns>A goal that is reached where the prediction is not the label.</returns>
    /// <exception cref="ArgumentException">The labels are not an Int64 vector.</exception>
    public static AttackGoal Untargeted(Tensor labels) => new(labels, isTargeted: false);

    /// <summary>Creates the goal of chosen predictions.</summary>
    /// <param name="targets">(N), Int64, the class to reach for each row; stays the caller's.</param>
    /// <returns>A goal that is reached where the prediction is the target.</returns>
    /// <exception cref="ArgumentException">The targets are not an Int64 vector.</exception>
    public static AttackGoal Targeted(Tensor targets) => new(targets, isTargeted: true, name: nameof(targets));

    /// <summary>Creates the goal of chosen predictions, none of which may be the true class.</summary>
    /// <param name="targets">(N), Int64, the class to reach for each row; stays the caller's.</param>
    /// <param name="labels">(N), Int64, the true classes; only compared.</param>
    /// <returns>A goal that is reached where the prediction is the target.</returns>
    /// <exception cref="ArgumentException">
    /// One of the two is not an Int64 vector, their lengths differ, or a target is the row's label.
    /// </exception>
    public static AttackGoal Targeted(Tensor targets, Tensor labels)
    {
        var goal = Targeted(targets);
        var truth = Untargeted(labels).Labels;
        if (truth.shape[0] != targets.shape[0])
            throw new ArgumentException($"There are {targets.shape[0]} targets but {truth.shape[0]} labels.", nameof(targets));
        using var scope = NewDisposeScope();
        var same = targets.eq(truth);
        if (same.any().cpu().item<bool>())
        {
            var row = same.to(ScalarType.Int64).argmax().cpu().item<long>();
            throw new ArgumentException(
                $"A target must differ from the label, but both are class {truth[row].cpu().item<long>()} in row {row} of the "
                + $"batch.", nameof(targets));
        }
        return goal;
    }

    /// <summary>Creates the goal of the class that the network holds least likely for the clean row.</summary>
    /// <param name="labels">(N), Int64, the true classes, which are never aimed at; stays the caller's.</param>
    /// <returns>A goal whose targets are known once the clean rows went through the network.</returns>
    /// <exception cref="ArgumentException">The labels are not an Int64 vector.</exception>
    public static AttackGoal LeastLikely(Tensor labels) => new(labels, isTargeted: true, TargetRule.Ranked(null));

    /// <summary>Creates the goal of the k-th most likely of the other classes for the clean row.</summary>
    /// <param name="labels">(N), Int64, the true classes, which are not counted; stays the caller's.</param>
    /// <param name="k">1 for the likeliest wrong class, up to the number of classes less one.</param>
    /// <returns>A goal whose targets are known once the clean rows went through the network.</returns>
    /// <exception cref="ArgumentException">The labels are not an Int64 vector.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below one.</exception>
    public static AttackGoal KthLikely(Tensor labels, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return new(labels, isTargeted: true, TargetRule.Ranked(k));
    }

    /// <summary>Creates the goal of another class, drawn evenly from the row's random numbers.</summary>
    /// <param name="labels">(N), Int64, the true classes, which are never drawn; stays the caller's.</param>
    /// <returns>A goal whose targets are known once the network's number of classes is.</returns>
    /// <exception cref="ArgumentException">The labels are not an Int64 vector.</exception>
    public static AttackGoal RandomOther(Tensor labels) => new(labels, isTargeted: true, TargetRule.Random);

    /// <summary>Resolves the targets of a goal that depends on the network; any other goal is returned as it is.</summary>
    /// <param name="logits">(N, K), the network's outputs for the clean rows.</param>
    /// <param name="random">The rows' random numbers, those of the attack.</param>
    /// <returns>
    /// A goal whose <see cref="Labels"/> are the targets; they belong to the current dispose scope or the caller.
    /// </returns>
    /// <exception cref="ArgumentException">There are fewer other classes than the goal counts.</exception>
    public AttackGoal Resolve(Tensor logits, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(random);
        return _rule is null ? this : Targeted(_rule.Choose(logits, Labels, random));
    }

    /// <summary>Judges a batch of outputs.</summary>
    /// <param name="logits">(N, K).</param>
    /// <returns>(N), Bool, true where the goal is reached; the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The goal's targets still depend on the network.</exception>
    public Tensor IsReached(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        if (NeedsTargets)
            throw new InvalidOperationException(
                $"The targets of this goal depend on the network's outputs: judge with "
                + $"{nameof(SearchContext)}.{nameof(SearchContext.Goal)}, whose targets are known.");
        using var predictions = logits.argmax(1);
        return IsReachedBy(predictions);
    }

    /// <summary>Returns the goal of some of the rows.</summary>
    /// <param name="positions">(M), Int64, positions in the batch.</param>
    /// <returns>A goal for M rows, whose <see cref="Labels"/> belong to the current dispose scope or the caller.</returns>
    internal AttackGoal Select(Tensor positions) =>
        new(Labels.index_select(0, positions), IsTargeted, _rule) { _bounds = _bounds };

    internal Tensor IsReachedBy(Tensor predictions) => IsTargeted ? predictions.eq(Labels) : predictions.ne(Labels);

    /// <summary>The rows from one position on: a copy, for the caller's labels may be inference tensors.</summary>
    internal AttackGoal Slice(long first, long count) =>
        new(Labels.narrow(0, first, count).clone(), IsTargeted, _rule) { _bounds = _bounds };

    /// <summary>The least and greatest label, read once from the device.</summary>
    internal (long Least, long Greatest) Bounds => _bounds ??= ClassLabels.Bounds(Labels);

    /// <summary>Throws unless inputs, labels and threat model fit each other.</summary>
    internal static void Check(Tensor inputs, AttackGoal goal, ThreatModel threatModel)
    {
        ModelInputs.Rows(inputs);
        threatModel.CheckRows(inputs);
        if (goal.Labels.shape[0] != inputs.shape[0])
            throw new ArgumentException(
                $"The goal has {goal.Labels.shape[0]} labels but the batch has {inputs.shape[0]} rows.", nameof(goal));
        if (goal.Labels.device.ToString() != inputs.device.ToString())
            throw new ArgumentException(
                $"Labels are on {goal.Labels.device} but the inputs are on {inputs.device}: move them to one "
                + $"device.", nameof(goal));
        ModelInputs.Values(inputs, threatModel.InputRanges);
    }
}
