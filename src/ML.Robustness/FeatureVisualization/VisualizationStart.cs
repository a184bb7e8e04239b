using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Makes starts for a <see cref="FeatureVisualizer"/>: noise, or the mean of a data set.</summary>
public static class VisualizationStart
{
    /// <summary>Draws Gaussian noise around the middle of the range.</summary>
    /// <param name="shape">The shape of a row.</param>
    /// <param name="rows">How many rows: one or more.</param>
    /// <param name="random">The rows' random numbers.</param>
    /// <param name="deviation">
    /// The noise's standard deviation as a share of the range's span: zero or more. The default is 0.1; zero gives the middle
    /// itself.
    /// </param>
    /// <param name="range">
    /// The values an input may hold. The default is [0, 1]; without two finite ends the middle is 0 and the span 1.
    /// </param>
    /// <param name="frequencyDecay">
    /// How fast amplitudes fall with the frequency, for images; the default, null, is white noise.
    /// </param>
    /// <returns>(rows, …), float32, inside the range; the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not as described.</exception>
    /// <exception cref="ArgumentException">A decay is asked for of vectors.</exception>
    public static Tensor Noise(
        InputShape shape, int rows, RowRandom random, double deviation = 0.1, ValueRange? range = null,
        double? frequencyDecay = null)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentChecks.NotNegative(deviation, nameof(deviation));
        ArgumentChecks.PositiveOrNull(frequencyDecay, nameof(frequencyDecay));
        if (shape.Length == 0)
            throw new ArgumentException("The shape is empty: give InputShape its sizes.", nameof(shape));
        var bounds = range ?? ValueRange.Unit;
        var hasSpan = double.IsFinite(bounds.Maximum - bounds.Minimum);
        var (middle, span) = hasSpan ? ((bounds.Minimum + bounds.Maximum) / 2, bounds.Maximum - bounds.Minimum) : (0, 1);
        using var scope = NewDisposeScope();
        var noise = random.Normal(empty(shape.Batch(rows), ScalarType.Float32, CPU));
        if (frequencyDecay is { } decay)
        {
            var basis = new FrequencyBasis(noise, decay);
            noise = basis.Synthesise(noise).div_(Kept(basis.Gain()));
        }
        noise.mul_(Kept(deviation * span)).add_(Kept(Math.Clamp(middle, bounds.Minimum, bounds.Maximum)), One);
        return (bounds.IsUnbounded ? noise : noise.clamp_(Kept(bounds.Minimum), Kept(bounds.Maximum))).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the mean of a data set's rows.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="cancellation">Checked at every batch.</param>
    /// <returns>(1, …), float32; the caller disposes.</returns>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Tensor Mean(LabeledDataset data, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var scope = NewDisposeScope();
        var sum = zeros(data.Shape.Batch(1), ScalarType.Float64, CPU);
        var rows = 0L;
        foreach (var batch in data.Batches(1024, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                sum.add_(batch.Inputs.cpu().sum([0], true, ScalarType.Float64), One);
                rows += batch.Count;
            }
        }
        return rows > 0
            ? sum.div_(Kept(rows)).to(ScalarType.Float32).MoveToOuterDisposeScope()
            : throw new ArgumentException("The data set has no rows, so it has no mean.", nameof(data));
    }
}
