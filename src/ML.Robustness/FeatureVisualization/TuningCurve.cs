using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>How a feature of a network answers to inputs that change with one number: their angle, their brightness.</summary>
public sealed class TuningCurve
{
    private const int RowsAtOnce = 256;

    private TuningCurve(IReadOnlyList<double> positions, double[][] scores)
    {
        Positions = positions;
        Scores = scores;
        Means = [.. Enumerable.Range(0, positions.Count).Select(position => scores.Average(row => row[position]))];
    }

    /// <summary>The numbers at which the inputs were taken.</summary>
    public IReadOnlyList<double> Positions { get; }

    /// <summary>The objective of each row (first index) at each position (second index).</summary>
    public IReadOnlyList<IReadOnlyList<double>> Scores { get; }

    /// <summary>The mean over the rows at each position.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>Measures a tuning curve.</summary>
    /// <param name="model">The network; left as it was.</param>
    /// <param name="objective">The feature.</param>
    /// <param name="inputs">(N, …), floating point, finite; left as they were.</param>
    /// <param name="positions">The numbers at which inputs are taken: one or more.</param>
    /// <param name="family">
    /// Makes of inputs (N, …) and a number the changed inputs, of the same shape: <see cref="InputTransformations.Rotation"/>, or
    /// one of your own such as <c>(inputs, gain) => inputs.mul(gain)</c>.
    /// </param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>The curve, in managed memory only.</returns>
    /// <exception cref="ArgumentException">
    /// Inputs or positions are not as described, the family changes their shape, or the network has no such feature.
    /// </exception>
    /// <exception cref="InvalidOperationException">The network fails, or the objective is not finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static TuningCurve Measure(
        Module<Tensor, Tensor> model, FeatureObjective objective, Tensor inputs, IReadOnlyList<double> positions, Func<Tensor,
        double, Tensor> family,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentNullException.ThrowIfNull(family);
        ModelInputs.Rows(inputs);
        ModelInputs.Values(inputs, ValueRange.Unbounded);
        if (positions.Count == 0 || !positions.All(double.IsFinite))
            throw new ArgumentException("A tuning curve needs one position or more, all of them finite.", nameof(positions));
        using var frozen = new ModelScope(model);
        using var quiet = no_grad();
        var rows = inputs.shape[0];
        var scores = new double[rows][];
        for (var row = 0; row < rows; row++)
            scores[row] = new double[positions.Count];
        foreach (var (first, count) in RowBatches.Split(rows, RowsAtOnce))
        {
            for (var position = 0; position < positions.Count; position++)
            {
                using var pass = NewDisposeScope();
                var changed = InputTransformations.Checked(family, inputs.narrow(0, first, count).detach(), positions[position]);
                var found = ObjectiveScores.Of(model, objective.Slice(first, count), changed, cancellation);
                for (var row = 0; row < count; row++)
                    scores[first + row][position] = found[row];
            }
        }
        return new TuningCurve([.. positions], scores);
    }
}
