using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>What an attack wants of each row: any class but the label, or one chosen class.</summary>
public sealed class AttackGoal
{
    private (long Least, long Greatest)? _bounds;

    private AttackGoal(Tensor labels, bool isTargeted)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.dim() != 1 || labels.dtype != ScalarType.Int64)
            throw new ArgumentException($"Labels must be an Int64 tensor of shape (N), got {labels.dtype} [{string.Join(", ", labels.shape)}].", nameof(labels));
        Labels = labels;
        IsTargeted = isTargeted;
    }

    /// <summary>Gets the true labels, or the targets, (N), Int64.</summary>
    public Tensor Labels { get; }

    /// <summary>Gets whether <see cref="Labels"/> are classes to reach rather than to leave.</summary>
    public bool IsTargeted { get; }

    /// <summary>Creates the goal of any wrong prediction.</summary>
    /// <param name="labels">(N), Int64, the true classes; stays the caller's.</param>
    /// <returns>A goal that is reached where the prediction is not the label.</returns>
    /// <exception cref="ArgumentException">The labels are not an Int64 vector.</exception>
    public static AttackGoal Untargeted(Tensor labels) => new(labels, isTargeted: false);

    /// <summary>Creates the goal of chosen predictions.</summary>
    /// <param name="targets">(N), Int64, the class to reach for each row; stays the caller's.</param>
    /// <returns>A goal that is reached where the prediction is the target.</returns>
    /// <exception cref="ArgumentException">The targets are not an Int64 vector.</exception>
    public static AttackGoal Targeted(Tensor targets) => new(targets, isTargeted: true);

    /// <summary>Judges a batch of outputs.</summary>
    /// <param name="logits">(N, K).</param>
    /// <returns>(N), Bool, true where the goal is reached; the caller disposes.</returns>
    public Tensor IsReached(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var predictions = logits.argmax(1);
        return IsReachedBy(predictions);
    }

    /// <summary>Returns the goal of some of the rows.</summary>
    /// <param name="positions">(M), Int64, positions in the batch.</param>
    /// <returns>A goal for M rows, whose <see cref="Labels"/> belong to the current dispose scope or the caller.</returns>
    public AttackGoal Select(Tensor positions) => new(Labels.index_select(0, positions), IsTargeted) { _bounds = _bounds };

    internal Tensor IsReachedBy(Tensor predictions) => IsTargeted ? predictions.eq(Labels) : predictions.ne(Labels);

    /// <summary>The rows from one position on, a view.</summary>
    internal AttackGoal Slice(long first, long count) => new(Labels.narrow(0, first, count), IsTargeted) { _bounds = _bounds };

    /// <summary>The least and greatest label, read once from the device.</summary>
    internal (long Least, long Greatest) Bounds => _bounds ??= Measure();

    private (long Least, long Greatest) Measure()
    {
        using var scope = NewDisposeScope();
        return (Labels.min().cpu().item<long>(), Labels.max().cpu().item<long>());
    }
}
