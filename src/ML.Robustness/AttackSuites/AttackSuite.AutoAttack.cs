using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.AttackSuites;

public sealed partial class AttackSuite
{
    private const int Targets = 9, SparseTargets = 5, SparseRestarts = 5, PlusRestarts = 5, RandomSamples = 20;

    /// <summary>Creates AutoAttack, the parameter-free suite by which robust accuracies are compared.</summary>
    /// <remarks>
    /// The attacks and budgets of the reference (Croce and Hein, <see href="https://arxiv.org/abs/2003.01690"/>): 100 steps for
    /// APGD and FAB, 9 targets, 5000 queries for Square; under L1 5 targets and five restarts of APGD-CE
    /// (<see href="https://arxiv.org/abs/2103.01208"/>). Unlike the reference, each row has random numbers of its own, and a row
    /// leaves as soon as it falls. With two or three classes DLR falls back, which <see cref="AttackSuiteResult.Messages"/> tell.
    /// </remarks>
    /// <param name="threatModel">What the adversary may do: L∞, L2 or L1.</param>
    /// <param name="version">Which of the three versions. The default is <see cref="AutoAttackVersion.Standard"/>.</param>
    /// <returns>The suite.</returns>
    /// <exception cref="ArgumentException">The threat model has no ball.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such version.</exception>
    public static AttackSuite AutoAttack(ThreatModel threatModel, AutoAttackVersion version = AutoAttackVersion.Standard)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        if (double.IsInfinity(threatModel.Epsilon))
            throw new ArgumentException(
                $"AutoAttack looks for rows that fall inside a ball, but {threatModel} has none. Give it LInf, L2 or L1, or use "
                + $"an attack of least changes such as CarliniWagner.", nameof(threatModel));
        var isSparse = threatModel.Name == "L1";
        Attack entropy = new AutoProjectedGradientDescent(threatModel);
        Attack ratio = new AutoProjectedGradientDescent(threatModel) { Loss = AttackLoss.Dlr };
        var targeted = new AutoProjectedGradientDescent(threatModel) { Targets = isSparse ? SparseTargets : Targets };
        var boundary = new FastAdaptiveBoundary(threatModel) { Targets = Targets, StopOnSuccess = true };
        var square = new SquareAttack(threatModel);
        return version switch
        {
            AutoAttackVersion.Standard => new AttackSuite(
                isSparse ? entropy.WithRestarts(SparseRestarts) : entropy, targeted, boundary, square),
            AutoAttackVersion.Plus => new AttackSuite(
                entropy.WithRestarts(PlusRestarts), ratio.WithRestarts(PlusRestarts), boundary.WithRestarts(PlusRestarts), square,
                new AutoProjectedGradientDescent(threatModel) { Targets = Targets }),
            AutoAttackVersion.Rand => new AttackSuite(
                new AutoProjectedGradientDescent(threatModel) { EotSamples = RandomSamples },
                new AutoProjectedGradientDescent(threatModel) { Loss = AttackLoss.Dlr, EotSamples = RandomSamples }),
            _ => throw new ArgumentOutOfRangeException(
                nameof(version), version, "AutoAttack has the versions Standard, Plus and Rand."),
        };
    }
}
