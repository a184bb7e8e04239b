using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.FeatureDatasets;

/// <summary>
/// Moves rows towards another class and labels them with it: what is left of the new label are features that do not withstand
/// such a move.
/// </summary>
/// <remarks>
/// D_rand, D_det (Ilyas et al., <see href="https://arxiv.org/abs/1905.02175"/>: L2, ε 0.5, steps of 0.1, 100 of them, from the
/// row itself) and D_other: argmin over the threat model of the cross-entropy to the new class. With
/// <see cref="TargetAssignment.Random"/> a row of K keeps its label, and learners can profit from that: see
/// <see cref="LeakageControl"/>.
/// </remarks>
public sealed class TargetedRelabeling : TargetedConstruction
{
    /// <summary>Creates the construction.</summary>
    /// <param name="threatModel">How far a row may be moved; the paper's is <c>ThreatModel.L2(0.5)</c>.</param>
    /// <param name="law">How the new class follows from the label.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such law.</exception>
    public TargetedRelabeling(ThreatModel threatModel, TargetAssignment law)
        : base(threatModel)
    {
        if (!Enum.IsDefined(law))
            throw new ArgumentOutOfRangeException(nameof(law), law, "Expected one of TargetAssignment's values.");
        Assignment = law;
    }

    /// <summary>The rule by which the new class follows from the label.</summary>
    public TargetAssignment Assignment { get; }

    private protected override ConstructedRows Make(ConstructionBatch pass)
    {
        var targets = TargetLabels.Of(Assignment, pass.Labels, ClassesOf(pass, pass.Model), pass.Random);
        var found = Climb(pass, pass.Model, AttackGoal.Targeted(targets), AttackLoss.CrossEntropy);
        return new ConstructedRows(found, targets) { Success = pass.Predictions(pass.Model, found).eq(targets) };
    }
}
