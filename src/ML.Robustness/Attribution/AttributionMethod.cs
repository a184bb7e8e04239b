using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Attribution;

/// <summary>A method that says how much each value of an input counts for a network's score.</summary>
/// <remarks>
/// The base checks the inputs, freezes the network (evaluation mode, no parameter gradients; both restored), settles the target,
/// hands the method passes of bounded memory and frees what it made. A subclass only explains. Methods are immutable and may be
/// used by several threads at once, on a network that is already in evaluation mode with frozen parameters. Scores are logits,
/// not probabilities, whose gradients vanish where a network is sure.
/// </remarks>
public abstract class AttributionMethod
{
    /// <summary>
    /// The rows, times noise samples, steps or windows, that go through the network at once; bounds memory only.
    /// </summary>
    /// <value>One or more. The default is 128; passes of 64 to 128 are the fastest on a CPU.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 128;

    /// <summary>Explains a batch.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="inputs">(N, …), floating point, finite; left as they were.</param>
    /// <param name="target">
    /// Which score is explained. The default is that of <see cref="AttributionTarget.PredictedClass"/>.
    /// </param>
    /// <param name="random">The rows' random numbers. The default is seed 0 from row 0.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>Attributions, targets and scores; the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// Inputs or target are not as described, or the network is not one that the method can explain.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, has no gradient where the method needs it, or the attributions are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public AttributionResult Attribute(
        Module<Tensor, Tensor> model, Tensor inputs, AttributionTarget? target = null, RowRandom? random = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        target ??= AttributionTarget.PredictedClass;
        ModelInputs.Rows(inputs);
        ModelInputs.Values(inputs, ValueRange.Unbounded);
        target.Check(inputs);
        CheckBatch(inputs);
        random ??= new RowRandom(0);

        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var passes = new List<AttributionResult>();
        foreach (var (first, count) in RowBatches.Split(inputs.shape[0], BatchSize))
        {
            passes.Add(
                Pass(model, inputs.narrow(0, first, count), target.Slice(first, count), random.Slice(first, count), first,
                    cancellation));
        }
        return new AttributionResult(
            ModelCall.Join(passes.ConvertAll(pass => pass.Values)), ModelCall.Join(passes.ConvertAll(pass => pass.Targets)),
            ModelCall.Join(passes.ConvertAll(pass => pass.Scores)),
            passes[0].CompletenessGaps is null ? null : ModelCall.Join(passes.ConvertAll(pass => pass.CompletenessGaps!)));
    }

    /// <summary>Returns the method averaged over noisy copies of each input (SmoothGrad).</summary>
    /// <param name="samples">Copies of each row: one or more.</param>
    /// <param name="noise">Standard deviation of the Gaussian noise, as a share of the value range's span: zero or more.</param>
    /// <returns>A method of as many times the cost; see <see cref="SmoothedAttribution"/> for what else can be set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="samples"/> is below one, or <paramref name="noise"/> is negative or not finite.
    /// </exception>
    public SmoothedAttribution Smoothed(int samples = SmoothingDefaults.Samples, double noise = SmoothingDefaults.Noise) =>
        new(this) { Samples = samples, Noise = noise };

    /// <summary>Returns the method as text, for example <c>Saliency</c>.</summary>
    /// <returns>The method's name and its settings that matter, in the invariant culture.</returns>
    public override string ToString() => GetType().Name;

    /// <summary>Explains one pass.</summary>
    /// <param name="context">The rows, the network and the settled target.</param>
    /// <returns>(N, …), of the shape of <see cref="AttributionContext.Inputs"/>.</returns>
    protected internal abstract Tensor Explain(AttributionContext context);

    /// <summary>Checks what the method knows of the whole batch, before it is split.</summary>
    private protected virtual void CheckBatch(Tensor inputs)
    {
    }

    /// <summary>What <see cref="Explain"/> returned, its shape checked.</summary>
    internal Tensor Explained(AttributionContext context)
    {
        var values = Explain(context);
        var inputs = context.Inputs;
        return values is not null && values.shape.AsSpan().SequenceEqual(inputs.shape)
            ? values
            : throw new InvalidOperationException(
                $"{GetType().Name}.Explain must return attributions of the inputs' shape {TensorShape.Text(inputs)}, got " +
                $"{(values is null ? "null" : TensorShape.Text(values))}.");
    }

    private AttributionResult Pass(
        Module<Tensor, Tensor> model, Tensor rows, AttributionTarget target, RowRandom random, long first,
        CancellationToken cancellation)
    {
        using var pass = NewDisposeScope();
        // A copy: an inference tensor or the user's own storage must not reach a recording network.
        var inputs = rows.detach().clone();
        var context = AttributionContext.ResolveTargets(model, inputs, target, random, BatchSize, cancellation, first);
        var values = Explained(context).detach();
        CheckFinite(values, context.Scores);
        // Copies: what a method returned may be its inputs, or a view of something larger.
        return new AttributionResult(
            values.clone().MoveToOuterDisposeScope(), context.Targets.clone().MoveToOuterDisposeScope(),
            context.Scores.clone().MoveToOuterDisposeScope(),
            context.CompletenessGaps?.clone().MoveToOuterDisposeScope());
    }

    private static void CheckFinite(Tensor values, Tensor scores)
    {
        var broken = values.flatten(1).isfinite().all(1).logical_and(scores.isfinite()).logical_not();
        if (broken.any().cpu().item<bool>())
            throw new InvalidOperationException(
                $"Scores or attributions are not finite in {broken.sum().cpu().item<long>()} of {broken.numel()} rows of a " +
                "pass: the network's outputs or gradients overflow there.");
    }
}
