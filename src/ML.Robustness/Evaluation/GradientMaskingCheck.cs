using System.Globalization;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>
/// Looks for reasons to doubt that what withstood the attacks is robust (Carlini et al.,
/// <see href="https://arxiv.org/abs/1902.06705"/>).
/// </summary>
internal sealed class GradientMaskingCheck(
    AttackSuite suite, AttackSuiteResult result, Module<Tensor, Tensor> network, LabeledDataset data,
    AttackSuiteOptions settings, CancellationToken cancellation)
{
    private const int Sample = OverlapCheck.Sample, Passes = 5, ManySteps = 100;
    private const double MaskedShare = 0.002, FallingShare = 0.005, RandomChange = 1e-4, SumTolerance = 1e-3;

    private readonly Device _device = settings.Device ?? ModelCall.DeviceOf(network);
    private readonly List<RobustnessWarning> _warnings = [];
    private Module<Tensor, Tensor> _model = null!;

    /// <summary>What the check costs, as <see cref="EvaluationProgress"/> counts it.</summary>
    internal static double Cost(AttackSuite suite, long rows) =>
        (double)Math.Min(Sample, rows) * (Passes + ProbeSteps(suite) + 4);

    internal IReadOnlyList<RobustnessWarning> Run()
    {
        var passes = new PassProgress(settings.Progress is null ? null : Report);
        passes.Begin(Passes + ProbeSteps(suite) + 4);
        using var counting = new QueryCountingModel(network, passes.Pass);
        _model = counting;
        Check();
        Report(1);
        return _warnings;
    }

    private void Report(double share) => settings.Progress?.Report(new AttackSuiteProgress(
        "gradient masking check", result.Attacks.Count, result.Attacks.Count, 0, 0,
        result.RowResults.Count(verdict => verdict.IsRobust), share));

    private void Check()
    {
        if (suite.ThreatModel.Epsilon == 0)
            return;
        On(_ => true, (inputs, labels, _) =>
        {
            CheckRandomOutputs(inputs);
            CheckOverlap(inputs, labels);
        });
        if (result.Attacks.All(attack => attack.GradientQueries == 0))
        {
            if (result.Attacks.Any(attack => attack.RowsAttacked > 0))
                Warn(
                    RobustnessWarningKind.NoGradients,
                    "No attack used gradients, and those that do break more rows: take the robust accuracy for an upper bound.");
            return;
        }
        CheckBlackBoxAttacks();
        On(verdict => verdict.IsCorrect, CheckGradients);
        On(verdict => verdict.IsRobust, CheckMoreSteps);
    }

    private void CheckBlackBoxAttacks()
    {
        var used = false;
        foreach (var attack in result.Attacks)
        {
            used |= attack.GradientQueries > 0;
            var index = result.Attacks.ToList().IndexOf(attack);
            var broken = result.RowResults.Count(verdict => verdict.Attack == index);
            if (used && attack.GradientQueries == 0 && broken > MaskedShare * result.RowResults.Count)
                Warn(
                    RobustnessWarningKind.MaskedGradients,
                    $"{attack.Name} uses no gradient and broke {broken} of {result.RowResults.Count} rows that the gradient "
                    + $"attacks before it had left robust. Attack with a smooth approximation of what hides the gradient, or "
                    + $"with more queries.");
        }
    }

    private void CheckRandomOutputs(Tensor inputs)
    {
        using var quiet = no_grad();
        var first = ModelCall.Forward(_model, inputs);
        var scale = first.square().sum(1).sqrt().clamp_min(1e-12);
        var change = 0.0;
        for (var pass = 1; pass < Passes; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            change = Math.Max(change,
                Number(ModelCall.Forward(_model, inputs).sub(first).square().sum(1).sqrt().div(scale).max()));
        }
        var isExpected = suite.Attacks.All(attack => attack.EotSamples > 1);
        if (change > RandomChange && !isExpected)
            Warn(
                RobustnessWarningKind.RandomOutputs,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The same rows gave outputs that differ by up to {change:P1} of their length between {Passes} passes. "
                    + $"Attack the expectation over the randomness (Attack.EotSamples, AutoAttackVersion.Rand), or evaluate "
                    + $"without it."));
        var usesGradients = result.Attacks.Any(attack => attack.GradientQueries > 0);
        if (usesGradients && Number(first.min()) >= 0 && Number(first.sum(1).sub(1).abs().max()) < SumTolerance)
            Warn(
                RobustnessWarningKind.ProbabilityOutputs,
                "The outputs look like probabilities, but attacks expect logits, and the gradients of probabilities vanish. "
                + "Leave the softmax out of the network.");
    }

    private void CheckOverlap(Tensor inputs, Tensor labels)
    {
        if (OverlapCheck.Describe(suite.ThreatModel, inputs, labels, cancellation) is { } message)
            Warn(RobustnessWarningKind.EpsilonTooLarge, $"{message} Evaluate with a smaller radius.");
    }

    private void CheckGradients(Tensor inputs, Tensor labels, long[] rows)
    {
        if (ZeroGradients(AttackLoss.Margin) is var dead and > 0)
            Warn(
                RobustnessWarningKind.ZeroGradients,
                $"The gradient of the margin is zero in {dead} of {rows.Length} rows: gradient attacks have nothing to follow "
                + $"there. Look for rounding or saturation in the network, and attack without gradients.");
        else if (suite.Attacks.All(MaximisesCrossEntropy) && ZeroGradients(AttackLoss.CrossEntropy) is var sure and > 0)
            Warn(
                RobustnessWarningKind.SaturatedLoss,
                $"The gradient of the cross-entropy is zero in {sure} of {rows.Length} rows, of which the network is too sure. "
                + $"Attack with another loss, such as AttackLoss.Margin.");

        long ZeroGradients(AttackLoss loss)
        {
            using var search = new SearchContext(
                _model, inputs, AttackGoal.Untargeted(labels), loss, suite.ThreatModel, new RowRandom(settings.Seed, rows),
                cancellation);
            var (_, gradient, _) = search.Gradient(inputs);
            return gradient.abs().flatten(1).max(1).values.eq(0).sum().cpu().item<long>();
        }
    }

    private static int ProbeSteps(AttackSuite suite) => Math.Max(
        ManySteps, 2 * suite.Attacks.Max(attack => Plain(attack) is ProjectedGradientDescent descent ? descent.Steps : 0));

    private void CheckMoreSteps(Tensor inputs, Tensor labels, long[] rows)
    {
        if (double.IsInfinity(suite.ThreatModel.Epsilon))
            return;
        var probe = new ProjectedGradientDescent(suite.ThreatModel)
        {
            Steps = ProbeSteps(suite),
            Loss = AttackLoss.Margin,
        };
        using var found = probe.Perturb(
            _model, inputs, AttackGoal.Untargeted(labels), new RowRandom(settings.Seed, rows), cancellation);
        var broken = found.Success.sum().cpu().item<long>();
        if (broken * result.RobustAccuracy > FallingShare * rows.Length)
            Warn(
                RobustnessWarningKind.StillFalling,
                $"PGD of {probe.Steps} steps on the margin broke {broken} of {rows.Length} rows that all attacks had left "
                + $"robust. Attack with more steps and restarts, or with another loss.");
    }

    /// <summary>Hands on the first rows of a kind, where there are any: inputs, labels and row numbers.</summary>
    private void On(Func<RowResult, bool> isWanted, Action<Tensor, Tensor, long[]> check)
    {
        using var scope = NewDisposeScope();
        int[] places = [.. Enumerable.Range(0,
            result.RowResults.Count).Where(row => isWanted(result.RowResults[row])).Take(Sample)];
        foreach (var picked in RowSubset.Of(data, places, Sample))
        {
            using (picked)
                check(picked.Batch.Inputs.to(_device), picked.Batch.Labels.to(_device), picked.Batch.RowNumbers);
        }
    }

    private static Attack Plain(Attack attack) => attack switch
    {
        RestartedAttack restarted => Plain(restarted.Inner),
        QuantizedAttack bytes => Plain(bytes.Inner),
        _ => attack,
    };

    private static bool MaximisesCrossEntropy(Attack attack) =>
        attack.Loss is CrossEntropyLoss && Plain(attack) is not AutoProjectedGradientDescent { Targets: > 0 };

    private void Warn(RobustnessWarningKind doubt, string message) => _warnings.Add(new RobustnessWarning(doubt, message));

    private static double Number(Tensor value) => value.to(ScalarType.Float64).cpu().item<double>();
}
