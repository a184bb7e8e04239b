using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>
/// The new classes of rows, from their labels and random numbers alone: one seed and assignment give the same classes.
/// </summary>
internal static class TargetLabels
{
    private const ulong ClassStream = 0x43_6C_61_73_73; // "Class"

    /// <summary>Draws the new classes, (N), Int64; they belong to the current dispose scope.</summary>
    internal static Tensor Of(TargetAssignment assignment, Tensor labels, long classes, RowRandom random)
    {
        Check(labels, classes);
        using var scope = NewDisposeScope();
        return (assignment switch
        {
            TargetAssignment.Random => Steps(labels, classes, random),
            TargetAssignment.Shifted => labels.add(Kept(1), One).remainder(Kept(classes)),
            _ => Steps(labels, classes - 1, random).add_(labels, One).add_(Kept(1), One).remainder(Kept(classes)),
        }).MoveToOuterDisposeScope();
    }

    /// <summary>Checks that labels are among the classes.</summary>
    internal static void Check(Tensor labels, long classes) =>
        ClassLabels.Check(ClassLabels.Bounds(ClassLabels.Check(labels, nameof(labels))), classes, nameof(labels));

    // Float64, so that the class does not depend on the network's element type.
    private static Tensor Steps(Tensor labels, long count, RowRandom random) =>
        random.Derive(ClassStream).Uniform(zeros([labels.shape[0], 1], ScalarType.Float64, CPU), 0, 1).squeeze(1)
            .mul_(Kept(count)).floor_().clamp_max_(Kept(count - 1)).to(ScalarType.Int64).to(labels.device);
}
