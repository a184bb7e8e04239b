using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>Targeted perturbations that do not transfer: they mislead the network while other networks keep the label.</summary>
/// <remarks>
/// argmin over the threat model of CE(f(x′), t) + w Σ CE(f_i(x′), y), t = (y + 1) mod K the new label (Nakkiran,
/// <see href="https://distill.pub/2019/advex-bugs-discussion/response-5/"/>). A learner of such rows should learn nothing of
/// natural classes.
/// </remarks>
public sealed class NonTransferable : TargetedPerturbation
{
    private readonly Module<Tensor, Tensor>[] _others;

    /// <summary>Creates the method.</summary>
    /// <param name="threatModel">How far a row may be moved.</param>
    /// <param name="others">
    /// The networks that are to stay right, one or more, of the same inputs and classes; they stay the caller's.
    /// </param>
    /// <exception cref="ArgumentException">There is no other network.</exception>
    public NonTransferable(ThreatModel threatModel, params Module<Tensor, Tensor>[] others)
        : base(threatModel)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (others.Length == 0)
            throw new ArgumentException(
                "An ensemble of one has nobody to stay right: expected one network or more beside the one to fool, got none. " +
                "Train others from other seeds.", nameof(others));
        foreach (var other in others)
            ArgumentNullException.ThrowIfNull(other, nameof(others));
        _others = [.. others];
    }

    /// <summary>The weight of each other network's loss relative to the network's own.</summary>
    /// <value>A finite number above zero. The default is 1.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double Weight { get; init => field = ArgumentChecks.Positive(value); } = 1;

    private protected override FeatureDatasetRows Make(FeatureDatasetBatch pass)
    {
        var frozen = Array.ConvertAll(_others, other => new ModelScope(other));
        try
        {
            return MakeFrozen(pass);
        }
        finally
        {
            Array.ForEach(frozen, scope => scope.Dispose());
        }
    }

    private FeatureDatasetRows MakeFrozen(FeatureDatasetBatch pass)
    {
        var classes = ClassesOf(pass, pass.Model);
        foreach (var other in _others)
        {
            if (ClassesOf(pass, other) is var found && found != classes)
                throw new ArgumentException(
                    $"The networks of an ensemble must have the same classes: the one to fool has {classes}, another {found}.");
        }
        var targets = TargetLabels.Of(TargetAssignment.Shifted, pass.Labels, classes, pass.Random);
        using var ensemble = new NetworkEnsemble([pass.Model, .. _others]);
        var moved = Climb(pass, ensemble, AttackGoal.Untargeted(pass.Labels),
            new NetworkEnsemble.BugLoss(targets, classes, Weight));
        var right = pass.Predictions(_others[0], moved).eq(pass.Labels);
        foreach (var other in _others.AsSpan(1))
            right = right.logical_and(pass.Predictions(other, moved).eq(pass.Labels));
        return new FeatureDatasetRows(moved, targets)
        {
            Success = pass.Predictions(pass.Model, moved).eq(targets),
            EnsembleCorrect = right
        };
    }
}
