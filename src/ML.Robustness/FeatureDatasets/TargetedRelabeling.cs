using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.FeatureDatasets;

/// <summary>
/// Targeted perturbations labelled with their target class: the features that remain of the new label are non-robust.
/// </summary>
/// <remarks>
/// D_rand, D_det (Ilyas et al., <see href="https://arxiv.org/abs/1905.02175"/>: L2, ε 0.5, steps of 0.1, 100 of them, from the
/// row itself) and D_other: argmin over the threat model of the cross-entropy to the new class. With
/// <see cref="TargetAssignment.Random"/> a row of K keeps its label, and learners can profit from that: see
/// <see cref="LeakageControl"/>.
/// </remarks>
public sealed class TargetedRelabeling : TargetedPerturbation
{
    /// <summary>Creates the method.</summary>
    /// <param name="threatModel">How far a row may be moved; the paper's is <c>ThreatModel.L2(0.5)</c>.</param>
    /// <param name="assignment">How the new class follows from the label.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such assignment.</exception>
    public TargetedRelabeling(ThreatModel threatModel, TargetAssignment assignment)
        : base(threatModel)
    {
        if (!Enum.IsDefined(assignment))
            throw new ArgumentOutOfRangeException(nameof(assignment), assignment, "Expected one of TargetAssignment's values.");
        Assignment = assignment;
    }

    /// <summary>The assignment of the new class.</summary>
    public TargetAssignment Assignment { get; }

    private protected override FeatureDatasetRows Make(FeatureDatasetBatch pass)
    {
        var targets = TargetLabels.Of(Assignment, pass.Labels, ClassesOf(pass, pass.Model), pass.Random);
        var found = Climb(pass, pass.Model, AttackGoal.Targeted(targets), AttackLoss.CrossEntropy);
        return new FeatureDatasetRows(found, targets) { Success = pass.Predictions(pass.Model, found).eq(targets) };
    }
}
