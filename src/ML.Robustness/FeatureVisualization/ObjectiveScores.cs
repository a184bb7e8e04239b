using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Scores as plain numbers.</summary>
internal static class ObjectiveScores
{
    /// <summary>The objective of each row, of a network that is frozen already.</summary>
    public static double[] Of(
        Module<Tensor, Tensor> model, FeatureObjective objective, Tensor inputs, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        cancellation.ThrowIfCancellationRequested();
        var scores = objective.Measure(model, inputs).to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        return Array.TrueForAll(scores, double.IsFinite)
            ? scores
            : throw NotFinite(objective, scores.LongCount(score => !double.IsFinite(score)), scores.Length);
    }

    public static InvalidOperationException NotFinite(FeatureObjective objective, long broken, long rows) =>
        new(
            $"The objective {objective} is not finite in {broken} of {rows} rows of a pass: the network's outputs or gradients "
            + $"overflow there.");
}
