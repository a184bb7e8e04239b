using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Maximises an objective inside a threat model, row by row: what feature visualisation and morphs share.</summary>
internal sealed class GradientAscent(
    Module<Tensor, Tensor> model, ThreatModel threatModel, int steps, double? stepSize, CancellationToken cancellation)
{
    /// <summary>Random changes of each row before every pass, through which the gradient goes.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The parametrisation: null for the values themselves.</summary>
    public FrequencyBasis? Basis { get; init; }

    /// <summary>Called with the candidates after a number of steps, beginning with zero; not to be kept.</summary>
    public Action<int, Tensor>? OnStep { get; init; }

    /// <summary>The candidates after all steps; the caller disposes.</summary>
    public Tensor Maximize(FeatureObjective objective, Tensor origins, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var ascent = new ProjectedAscent(threatModel, steps, stepSize) { OnStep = OnStep };
        var candidates = ascent.Run(origins.clone(), origins, (step, candidates) =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Gradient(objective, candidates, random.Derive((ulong)step));
        });
        return candidates.MoveToOuterDisposeScope();
    }

    /// <summary>The objective of candidates as they are, without a graph; the caller disposes.</summary>
    public Tensor Score(FeatureObjective objective, Tensor candidates)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        cancellation.ThrowIfCancellationRequested();
        var scores = objective.Measure(model, candidates);
        if (!scores.isfinite().all().cpu().item<bool>())
            throw ObjectiveScores.NotFinite(objective, scores.isfinite().logical_not().sum().cpu().item<long>(), scores.numel());
        // A copy: an objective may return a view of something larger.
        return scores.clone().MoveToOuterDisposeScope();
    }

    private Tensor Gradient(FeatureObjective objective, Tensor candidates, RowRandom random)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var variable = candidates.detach().requires_grad_(true);
        var scores = objective.Measure(model, Augmentation is null ? variable : Augmentation.Apply(variable, random));
        ModelCall.CheckGradient(scores, "Feature visualisations");
        var gradient = ModelCall.Backward(scores, variable);
        return (Basis is null ? gradient : Basis.Smooth(gradient)).MoveToOuterDisposeScope();
    }
}
