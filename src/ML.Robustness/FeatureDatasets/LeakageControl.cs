using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>
/// The control for label leakage: the labels of D_rand with perturbations that carry no feature of natural data.
/// </summary>
/// <remarks>
/// A row whose new class t is its own stays as it is. Any other is moved as far as the threat model lets it along a pattern of t,
/// the same for all rows: x′ = Π(x + ε · direction(w_t)), w_t normal numbers drawn from the seed and t (for images a tile of 4 ×
/// 4 repeated over each channel, which small networks learn as easily as they learn features). No network is run and no gradient
/// taken, so the patterns say nothing of any class; but since only right rows are free of them, a learner that takes patterns for
/// labels is left to learn the natural classes from those rows. Accuracy on natural test rows after training on this set is
/// therefore leakage, and D_rand's has to be compared with it. After Keller Jordan's leakage-only data sets, which reach the
/// accuracy of the paper's D_rand.
/// </remarks>
public sealed class LeakageControl : FeatureDatasetMethod
{
    private const ulong PatternStream = 0x50_61_74_74_65_72_6E; // "Pattern"
    private const int TileSize = 4;

    private readonly int _classes;

    /// <summary>Creates the method.</summary>
    /// <param name="threatModel">How far a row may be moved: a ball, the same as that of the D_rand to compare with.</param>
    /// <param name="classes">The number of classes, two or more.</param>
    /// <exception cref="ArgumentException">The threat model has no ball.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two classes.</exception>
    public LeakageControl(ThreatModel threatModel, int classes)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (double.IsInfinity(threatModel.Epsilon))
            throw new ArgumentException(
                "The leakage control moves rows to the edge of a ball, but the threat model has none. Give it the threat " +
                "model of the D_rand to compare with, for example ThreatModel.L2(0.5).", nameof(threatModel));
        Bounds = threatModel;
        _classes = classes;
    }

    /// <summary>The threat model: the allowed change of a row, and the range of its values.</summary>
    public ThreatModel ThreatModel => Bounds;

    private protected override ThreatModel Bounds { get; }

    private protected override FeatureDatasetRows Make(FeatureDatasetBatch pass)
    {
        pass.Cancellation.ThrowIfCancellationRequested();
        var targets = TargetLabels.Of(TargetAssignment.Random, pass.Labels, _classes, pass.Random);
        var patterns = Patterns(pass.Inputs, pass.Random).index_select(0, targets);
        var moved = Quantize(Bounds.Project(Bounds.Step(pass.Inputs, patterns, Bounds.Epsilon), pass.Inputs), pass.Inputs);
        var stays = RowBroadcast.Spread(targets.eq(pass.Labels), moved);
        return new FeatureDatasetRows(where(stays, pass.Inputs, moved), targets);
    }

    /// <summary>The perturbation of each class, (K, …), drawn by the class's number, independent of the batch.</summary>
    private Tensor Patterns(Tensor inputs, RowRandom random)
    {
        long[] classes = [.. Enumerable.Range(0, _classes).Select(number => (long)number)];
        var drawn = random.Derive(PatternStream).ForRows(classes);
        var shape = inputs.shape;
        if (shape.Length != 4)
            return drawn.Normal(zeros([_classes, .. shape.AsSpan(1)], inputs.dtype, inputs.device));
        var tiles = drawn.Normal(zeros([_classes, shape[1], TileSize, TileSize], inputs.dtype, inputs.device));
        return tiles.index_select(2, Repeated(shape[2], inputs)).index_select(3, Repeated(shape[3], inputs));
    }

    private static Tensor Repeated(long size, Tensor inputs) =>
        tensor([.. Enumerable.Range(0, checked((int)size)).Select(place => (long)(place % TileSize))], device: CPU).to(inputs.device);
}
