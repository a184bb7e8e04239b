using System.Globalization;
using ML.Robustness.AttackSuites;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Evaluation;

/// <summary>What the check for gradient masking measured, row by row, so that parts can be judged as a whole.</summary>
/// <param name="ThreatModel">The perturbations that the adversary may use.</param>
/// <param name="ProbeSteps">The steps of the search after the attacks.</param>
/// <param name="ExpectsRandomOutputs">Whether every attack averages the network's outputs.</param>
/// <param name="OnlyCrossEntropy">Whether no attack maximises another loss.</param>
internal sealed record MaskingEvidence(
    ThreatModel ThreatModel, int ProbeSteps, bool ExpectsRandomOutputs, bool OnlyCrossEntropy)
{
    /// <summary>The rows of a kind that are looked at: the first ones.</summary>
    internal const int Sample = OverlapCheck.Sample;

    private const double MaskedShare = 0.002, FallingShare = 0.005, RandomChange = 1e-4, SumTolerance = 1e-3;

    /// <summary>Of the first rows of the whole: the change between passes, the least output, the sum less one.</summary>
    internal IReadOnlyList<(double Change, double Least, double Sum)> Outputs { get; init; } = [];

    /// <summary>The first rows of the whole beside each other.</summary>
    internal OverlapSample Overlap { get; init; } = OverlapSample.None;

    /// <summary>Of the first rows classified rightly: whether the gradient of margin and of cross-entropy is zero.</summary>
    internal IReadOnlyList<(bool Margin, bool CrossEntropy)> ZeroGradients { get; init; } = [];

    /// <summary>Of the first rows that withstood all attacks: whether the longer search broke them.</summary>
    internal IReadOnlyList<bool> Broken { get; init; } = [];

    /// <summary>The evidence of the whole, of parts in the order of their rows.</summary>
    internal static MaskingEvidence Merge(IReadOnlyList<MaskingEvidence> parts) => parts[0] with
    {
        Outputs = [.. parts.SelectMany(part => part.Outputs)],
        Overlap = OverlapSample.Merge(parts[0].ThreatModel, [.. parts.Select(part => part.Overlap)]),
        ZeroGradients = [.. parts.SelectMany(part => part.ZeroGradients).Take(Sample)],
        Broken = [.. parts.SelectMany(part => part.Broken).Take(Sample)],
    };

    /// <summary>The reasons to doubt a result.</summary>
    internal IReadOnlyList<RobustnessWarning> Judge(AttackSuiteResult result)
    {
        if (ThreatModel.Epsilon == 0)
            return [];
        var usesGradients = result.Attacks.Any(attack => attack.GradientQueries > 0);
        var isAttacked = result.Attacks.Any(attack => attack.RowsAttacked > 0);
        RobustnessWarning?[] always = [RandomOutputs(), usesGradients ? Probabilities() : null, TooLarge()];
        RobustnessWarning?[] further = usesGradients
            ? [.. BlackBoxAttacks(result), OfGradients(), StillFalling(result)]
            : [isAttacked ? new(
                RobustnessWarningKind.NoGradients,
                "No attack used gradients, and those that do break more rows: take the robust accuracy for an upper bound.")
                : null];
        return [.. always.Concat(further).OfType<RobustnessWarning>()];
    }

    private RobustnessWarning? RandomOutputs()
    {
        var change = Outputs.Select(row => row.Change).DefaultIfEmpty().Max();
        return !(change > RandomChange) || ExpectsRandomOutputs ? null : new(
            RobustnessWarningKind.RandomOutputs,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The same rows gave outputs that differ by up to {change:P1} of their length between "
                + $"{GradientMaskingCheck.Passes} passes. Attack the expectation over the randomness (Attack.EotSamples, "
                + $"AutoAttackVersion.Rand), or evaluate without it."));
    }

    private RobustnessWarning? Probabilities() =>
        Outputs.Count == 0 || Outputs.Any(row => !(row.Least >= 0 && Math.Abs(row.Sum) < SumTolerance)) ? null : new(
            RobustnessWarningKind.ProbabilityOutputs,
            "The outputs look like probabilities, but attacks expect logits, and the gradients of probabilities vanish. "
            + "Leave the softmax out of the network.");

    private RobustnessWarning? TooLarge() =>
        OverlapCheck.Describe(ThreatModel, Overlap.Overlapping, Overlap.Labels.Length) is not { } message ? null : new(
            RobustnessWarningKind.EpsilonTooLarge, $"{message} Evaluate with a smaller radius.");

    private static IEnumerable<RobustnessWarning> BlackBoxAttacks(AttackSuiteResult result)
    {
        var used = false;
        foreach (var (attack, index) in result.Attacks.Select((attack, index) => (attack, index)))
        {
            used |= attack.GradientQueries > 0;
            var broken = result.RowResults.Count(verdict => verdict.Attack == index);
            if (used && attack.GradientQueries == 0 && broken > MaskedShare * result.RowResults.Count)
                yield return new RobustnessWarning(
                    RobustnessWarningKind.MaskedGradients,
                    $"{attack.Name} uses no gradient and broke {broken} of {result.RowResults.Count} rows that the gradient "
                    + $"attacks before it had left robust. Attack with a smooth approximation of what hides the gradient, or "
                    + $"with more queries.");
        }
    }

    private RobustnessWarning? OfGradients()
    {
        if (ZeroGradients.Count(row => row.Margin) is var dead and > 0)
            return new(
                RobustnessWarningKind.ZeroGradients,
                $"The gradient of the margin is zero in {dead} of {ZeroGradients.Count} rows: gradient attacks have nothing to "
                + $"follow there. Look for rounding or saturation in the network, and attack without gradients.");
        return !OnlyCrossEntropy || ZeroGradients.Count(row => row.CrossEntropy) is not (var sure and > 0) ? null : new(
            RobustnessWarningKind.SaturatedLoss,
            $"The gradient of the cross-entropy is zero in {sure} of {ZeroGradients.Count} rows, of which the network is too "
            + $"sure. Attack with another loss, such as AttackLoss.Margin.");
    }

    private RobustnessWarning? StillFalling(AttackSuiteResult result)
    {
        var broken = Broken.Count(isBroken => isBroken);
        return !(broken * result.RobustAccuracy > FallingShare * Broken.Count) ? null : new(
            RobustnessWarningKind.StillFalling,
            $"PGD of {ProbeSteps} steps on the margin broke {broken} of {Broken.Count} rows that all attacks had left "
            + $"robust. Attack with more steps and restarts, or with another loss.");
    }
}
