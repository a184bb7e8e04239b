using System.Globalization;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttributionMetrics;

/// <summary>
/// The measurement of attribution quality: fidelity to the network, sensitivity, and dependence on the learned weights.
/// </summary>
/// <remarks>
/// Infidelity and sensitivity after Yeh et al. (<see href="https://arxiv.org/abs/1901.09392"/>), the attribution multiplied by
/// its best scale β first; deletion and insertion after Petsiuk et al. (<see href="https://arxiv.org/abs/1806.07421"/>);
/// alignment of input and gradient after Etmann et al. (<see href="https://arxiv.org/abs/1905.04172"/>), divided by the
/// input's length; sanity check after Adebayo et al. (<see href="https://arxiv.org/abs/1810.03292"/>). Settings are immutable.
/// </remarks>
public sealed class AttributionQuality
{
    /// <summary>Creates the measurement.</summary>
    /// <param name="method">The method whose attributions are measured.</param>
    /// <exception cref="ArgumentNullException"><paramref name="method"/> is null.</exception>
    public AttributionQuality(AttributionMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        Method = method;
    }

    /// <summary>The attribution method that is measured.</summary>
    public AttributionMethod Method { get; }

    /// <summary>The number of random perturbations of each row for the infidelity.</summary>
    /// <value>One or more. The default is 10.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Perturbations { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 10;

    /// <summary>The standard deviation of these perturbations, as a share of the span of <see cref="Range"/>.</summary>
    /// <value>A finite number above zero. The default is 0.1.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double Noise { get; init => field = ArgumentChecks.Positive(value); } = 0.1;

    /// <summary>The number of points near each row for the sensitivity.</summary>
    /// <value>One or more. The default is 10.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int SensitivitySamples { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 10;

    /// <summary>
    /// The greatest distance of each value from the row's at these points, as a share of the span of <see cref="Range"/>.
    /// </summary>
    /// <value>A finite number above zero. The default is 0.02.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double SensitivityRadius { get; init => field = ArgumentChecks.Positive(value); } = 0.02;

    /// <summary>The number of steps of deletion and insertion.</summary>
    /// <value>One or more. The default is 28.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int RemovalSteps { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 28;

    /// <summary>The baseline: the value of a removed pixel.</summary>
    /// <value>A finite number. The default is 0.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double Baseline { get; init => field = ArgumentChecks.Finite(value); }

    /// <summary>The range of an input's values, by whose span noise and radius are measured.</summary>
    /// <value>A range with two finite ends. The default is [0, 1].</value>
    /// <exception cref="ArgumentException">The range has no finite span.</exception>
    public ValueRange Range
    {
        get;
        init => field = double.IsFinite(value.Maximum - value.Minimum) && value.Maximum > value.Minimum
            ? value
            : throw new ArgumentException(
                $"Noise and radius are shares of the range's span, and {value} has none: set Range to the least and the greatest "
                    + $"value of your inputs.", nameof(Range));
    } = ValueRange.Unit;

    /// <summary>The greatest number of rows of the sanity check, which attributes them once for each layer.</summary>
    /// <value>Zero or more; zero leaves the check out. The default is 64.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int SanityRows { get; init => field = ArgumentChecks.AtLeast(value, 0); } = 64;

    /// <summary>Whether the label's score is attributed rather than that of the predicted class.</summary>
    /// <value>The default is false.</value>
    public bool ExplainsLabels { get; init; }

    /// <summary>The number of rows measured at once; bounds memory.</summary>
    /// <value>One or more. The default is 64.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 64;

    /// <summary>Measures the attributions of all rows.</summary>
    /// <param name="model">The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it
    /// was.</param>
    /// <param name="data">The rows.</param>
    /// <param name="seed">The seed of the rows' random numbers and of the sanity check.</param>
    /// <param name="copy">
    /// Makes a network of the same parameters' names and shapes, for the sanity check, which disposes it. The default, null,
    /// shuffles the weights of
    /// <paramref name="model"/> itself for that time and gives them back bit by bit: nobody else must use it meanwhile.
    /// </param>
    /// <param name="progress">Hears the share of rows done, 0 to 1, on the calling thread; nothing on the first pass over a
    /// stream, whose length nobody knows.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>The measures, in managed memory only.</returns>
    /// <exception cref="ArgumentException">There are no rows, a row is not finite or has a label beyond the network's classes,
    /// the method cannot explain the network, or the copy is of another architecture.</exception>
    /// <exception cref="InvalidOperationException">The network fails, has no gradient to its input, or a measure is not
    /// finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public AttributionQualityReport Measure(
        Module<Tensor, Tensor> model, LabeledDataset data, ulong seed = 0, Func<Module<Tensor, Tensor>>? copy = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var device = ModelCall.DeviceOf(model);
        var rows = new AttributionQualityRows(
            Method.ToString(), SanityCheck.Layers(model), SanityRows, data.FirstRow, RunText(model, seed));
        var sanity = new SanityModel(model, copy);
        var told = 0.0;
        foreach (var batch in data.Batches(BatchSize, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                var target = ExplainsLabels ? AttributionTarget.Labels(batch.Labels.to(device))
                    : AttributionTarget.PredictedClass;
                var done = rows.Count;
                Add(rows, sanity, batch.Inputs.to(device), target, new RowRandom(seed, batch.RowNumbers), seed, cancellation,
                    share => Report(done + share * batch.Count));
                Report(rows.Count);
            }
        }
        return rows.Count > 0 || data.FirstRow > 0 ? rows.ToReport()
            : throw new ArgumentException("The data set has no rows to explain.", nameof(data));

        void Report(double done)
        {
            if (data.RowCount is not { } all || done / all <= told)
                return;
            told = done / all;
            progress?.Report(told);
        }
    }

    /// <summary>Measures the attributions of a batch, of any floating-point type.</summary>
    internal AttributionQualityReport Measure(Module<Tensor, Tensor> model, Tensor inputs, AttributionTarget target,
        ulong seed = 0, Func<Module<Tensor, Tensor>>? copy = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = new ModelScope(model);
        var rows = new AttributionQualityRows(
            Method.ToString(), SanityCheck.Layers(model), SanityRows, 0, RunText(model, seed));
        Add(rows, new SanityModel(model, copy), inputs, target, new RowRandom(seed), seed, default);
        return rows.ToReport();
    }

    /// <summary>What must be equal for reports to be merged, a line for each thing.</summary>
    private string RunText(Module<Tensor, Tensor> model, ulong seed)
    {
        string[] lines =
        [
            $"the weights' digest is {ModelWeights.Digest(model)}",
            $"the method is {SettingsFingerprint.Of(Method)}",
            string.Create(CultureInfo.InvariantCulture, $"the infidelity is of {Perturbations} perturbations, noise {Noise}"),
            string.Create(CultureInfo.InvariantCulture,
                $"the sensitivity is of {SensitivitySamples} points, radius {SensitivityRadius}"),
            string.Create(CultureInfo.InvariantCulture, $"the removal is in {RemovalSteps} steps, baseline {Baseline}"),
            $"the range is {Range}",
            $"{nameof(SanityRows)} is {SanityRows}",
            $"{nameof(ExplainsLabels)} is {ExplainsLabels}",
            $"the seed is {seed}",
        ];
        return string.Join('\n', lines);
    }

    private void Add(
        AttributionQualityRows rows, SanityModel sanity, Tensor inputs, AttributionTarget target, RowRandom random, ulong seed,
        CancellationToken cancellation, Action<double>? report = null)
    {
        ModelInputs.Rows(inputs);
        ModelInputs.Values(inputs, ValueRange.Unbounded);
        target.Check(inputs);
        cancellation.ThrowIfCancellationRequested();
        var origins = inputs.detach().clone();
        var span = Range.Maximum - Range.Minimum;
        var context = AttributionContext.ResolveTargets(sanity.Model, origins, target, random, Method.BatchSize, cancellation);
        // Each computation of the method counts alike; what takes less counts nothing.
        var (computed, computations) = (0, 1.0 + SensitivitySamples + rows.Layers);
        void Computed() => report?.Invoke(++computed / computations);
        var attribution = Method.Explained(context).detach();
        Computed();
        var importance = PixelAttributions.Of(attribution);
        var (infidelity, normalized) = AttributionFidelity.Infidelity(context, attribution, Perturbations, Noise * span);
        var (deletion, insertion) = PixelRemoval.Areas(context, importance, RemovalSteps, Baseline);
        var wanted = (int)Math.Min(Math.Max(0, SanityRows - rows.Count), origins.shape[0]);
        rows.Add(
            infidelity, normalized,
            AttributionFidelity.Sensitivity(Method, context, attribution, SensitivitySamples, SensitivityRadius * span, Computed),
            deletion, insertion,
            AttributionFidelity.Alignment(context), PixelAttributions.Variation(importance),
            wanted == 0 ? [] : sanity.Check(Method, context, importance, wanted, seed, Computed));
    }
}
