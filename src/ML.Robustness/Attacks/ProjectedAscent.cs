using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// Steps of steepest ascent, each projected back onto the threat model: the loop of PGD, of morphs and of feature visualisation.
/// </summary>
/// <param name="threatModel">The perturbations that are allowed.</param>
/// <param name="steps">The number of steps.</param>
/// <param name="stepSize">A step's length in the threat model's norm; null for 2.5 times its reach over the steps.</param>
internal sealed class ProjectedAscent(ThreatModel threatModel, int steps, double? stepSize)
{
    /// <summary>Called with the candidates after a number of steps, beginning with zero; not to be kept.</summary>
    public Action<int, Tensor>? OnStep { get; init; }

    /// <summary>Takes the steps.</summary>
    /// <param name="start">(N, …), which the ascent takes over.</param>
    /// <param name="origins">(N, …), the unperturbed inputs.</param>
    /// <param name="gradientAt">
    /// The gradient at the candidates of a step, which is counted from one; called in the step's dispose scope.
    /// </param>
    /// <returns>(N, …), the candidates after all steps; the caller disposes.</returns>
    public Tensor Run(Tensor start, Tensor origins, Func<int, Tensor, Tensor> gradientAt)
    {
        var size = stepSize ?? 2.5 * threatModel.Reach(origins) / steps;
        var candidates = start;
        OnStep?.Invoke(0, candidates);
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var moved = threatModel.Step(candidates, gradientAt(step, candidates), size);
            candidates = Replace(candidates, threatModel.Project(moved, origins));
            OnStep?.Invoke(step, candidates);
        }
        return candidates;
    }

    /// <summary>
    /// Hands a tensor on to the next step and frees the one it replaces at once, rather than with the whole search.
    /// </summary>
    public static Tensor Replace(Tensor? former, Tensor next)
    {
        former?.Dispose();
        return next.MoveToOuterDisposeScope();
    }
}
