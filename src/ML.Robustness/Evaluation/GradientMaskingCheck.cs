using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>
/// Measures what tells whether that which withstood the attacks is robust (Carlini et al.,
/// <see href="https://arxiv.org/abs/1902.06705"/>).
/// </summary>
internal sealed class GradientMaskingCheck(
    AttackSuite suite, AttackSuiteResult result, Module<Tensor, Tensor> network, LabeledDataset data,
    AttackSuiteOptions settings, CancellationToken cancellation)
{
    /// <summary>The passes between which outputs are compared.</summary>
    internal const int Passes = 5;

    private const int Sample = MaskingEvidence.Sample, ManySteps = 100;

    private readonly Device _device = settings.Device ?? ModelCall.DeviceOf(network);
    private readonly bool _onlyCrossEntropy = suite.Attacks.All(MaximisesCrossEntropy);
    private Module<Tensor, Tensor> _model = null!;

    /// <summary>What the check costs, as <see cref="EvaluationProgress"/> counts it.</summary>
    internal static double Cost(AttackSuite suite, long rows) =>
        (double)Math.Min(Sample, rows) * (Passes + ProbeSteps(suite) + 4);

    internal MaskingEvidence Run()
    {
        var passes = new PassProgress(settings.Progress is null ? null : Report);
        passes.Begin(Passes + ProbeSteps(suite) + 4);
        using var counting = new QueryCountingModel(network, passes.Pass);
        _model = counting;
        var evidence = Measure();
        Report(1);
        return evidence;
    }

    private void Report(double share) => settings.Progress?.Report(new AttackSuiteProgress(
        "gradient masking check", result.Attacks.Count, result.Attacks.Count, 0, 0,
        result.RowResults.Count(verdict => verdict.IsRobust), share));

    private MaskingEvidence Measure()
    {
        var evidence = new MaskingEvidence(
            suite.ThreatModel, ProbeSteps(suite), suite.Attacks.All(attack => attack.EotSamples > 1), _onlyCrossEntropy);
        if (suite.ThreatModel.Epsilon == 0)
            return evidence;
        // Rows are compared with each other, so that those of a sample are the first of the whole, wherever this part begins.
        On(verdict => verdict.Row < Sample, (inputs, labels, _) => evidence = evidence with
        {
            Outputs = Outputs(inputs),
            Overlap = OverlapSample.Of(suite.ThreatModel, inputs, labels, cancellation),
        });
        if (!AreGradientsAsked())
            return evidence;
        On(verdict => verdict.IsCorrect, (inputs, labels, rows) =>
            evidence = evidence with { ZeroGradients = ZeroGradients(inputs, labels, rows) });
        if (!double.IsInfinity(suite.ThreatModel.Epsilon))
            On(verdict => verdict.IsRobust, (inputs, labels, rows) =>
                evidence = evidence with { Broken = Broken(inputs, labels, rows) });
        return evidence;
    }

    // An attack that met no row here may ask for gradients in another part.
    private bool AreGradientsAsked()
    {
        if (result.Attacks.Any(attack => attack.GradientQueries > 0))
            return true;
        var gives = false;
        if (result.Attacks.Any(attack => attack.RowsAttacked == 0))
            On(verdict => verdict.IsCorrect, (inputs, _, _) =>
            {
                using var recording = enable_grad();
                gives = network.call(inputs.narrow(0, 0, 1).detach().clone().requires_grad_(true)).requires_grad;
            });
        return gives;
    }

    private (double Change, double Least, double Sum)[] Outputs(Tensor inputs)
    {
        using var quiet = no_grad();
        var first = ModelCall.Forward(_model, inputs);
        var scale = first.pow(Kept(2)).sum(1).sqrt().clamp_min(Kept(1e-12));
        var change = zeros_like(scale);
        for (var pass = 1; pass < Passes; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            change = change.maximum(ModelCall.Forward(_model, inputs).sub(first).pow(Kept(2)).sum(1).sqrt().div(scale));
        }
        var (changes, least, sums) = (Numbers(change), Numbers(first.min(1).values), Numbers(first.sum(1).sub(Kept(1))));
        return [.. changes.Select((found, row) => (found, least[row], sums[row]))];
    }

    private (bool Margin, bool CrossEntropy)[] ZeroGradients(Tensor inputs, Tensor labels, long[] rows)
    {
        var dead = Zero(AttackLoss.Margin);
        // Only where the other one is not zero, and nothing else is maximised, does this one tell more.
        var sure = _onlyCrossEntropy ? Zero(AttackLoss.CrossEntropy) : new bool[dead.Length];
        return [.. dead.Zip(sure)];

        bool[] Zero(AttackLoss loss)
        {
            using var search = new SearchContext(
                _model, inputs, AttackGoal.Untargeted(labels), loss, suite.ThreatModel, new RowRandom(settings.Seed, rows),
                cancellation);
            var (_, gradient, _) = search.Gradient(inputs);
            return gradient.abs().flatten(1).max(1).values.eq(Kept(0)).cpu().data<bool>().ToArray();
        }
    }

    private static int ProbeSteps(AttackSuite suite) => Math.Max(
        ManySteps, 2 * suite.Attacks.Max(attack => Plain(attack) is ProjectedGradientDescent descent ? descent.Steps : 0));

    private bool[] Broken(Tensor inputs, Tensor labels, long[] rows)
    {
        var probe = new ProjectedGradientDescent(suite.ThreatModel)
        {
            Steps = ProbeSteps(suite),
            Loss = AttackLoss.Margin,
        };
        using var found = probe.Perturb(
            _model, inputs, AttackGoal.Untargeted(labels), new RowRandom(settings.Seed, rows), cancellation);
        return found.Success.cpu().data<bool>().ToArray();
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

    private static double[] Numbers(Tensor values) => values.to(ScalarType.Float64).cpu().data<double>().ToArray();
}
