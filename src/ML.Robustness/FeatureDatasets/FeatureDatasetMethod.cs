using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>A method that creates the rows of a feature data set from labelled rows.</summary>
/// <remarks>
/// The base checks the batch, freezes the network (evaluation mode, no parameter gradients; both restored), runs it in
/// batches and frees temporary tensors; a subclass creates the rows of one batch. Methods are immutable and may be used by
/// several threads at once, on networks that are already in evaluation mode with frozen parameters.
/// </remarks>
public abstract class FeatureDatasetMethod
{
    private protected FeatureDatasetMethod()
    {
    }

    /// <summary>The number of rows that go through the network at once; bounds memory only.</summary>
    /// <value>One or more. The default is 256, the fastest on a CPU.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 256;

    /// <summary>Whether new inputs are multiples of 1/255, rounded inside the threat model before they are classified.</summary>
    /// <value>The default is false. Where it is true, the inputs given must be such multiples.</value>
    public bool QuantizeToBytes { get; init; }

    /// <summary>The threat model: the allowed change of a row, and the range of its values.</summary>
    private protected abstract ThreatModel Bounds { get; }

    /// <summary>Creates the rows of the feature data set.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="inputs">(N, …), floating point, values inside the range; left as they were.</param>
    /// <param name="labels">(N), Int64, the rows' classes.</param>
    /// <param name="random">The rows' random numbers. The default is seed 0 from row 0.</param>
    /// <param name="cancellation">Checked at every step.</param>
    /// <returns>New inputs and labels; the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// Inputs or labels are not as described, or the network's features cannot be read though they are needed.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, has fewer than two classes or no gradient to its input, or its outputs or gradients are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public FeatureDatasetRows CreateRows(
        Module<Tensor, Tensor> model, Tensor inputs, Tensor labels, RowRandom? random = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        AttackGoal.Check(inputs, AttackGoal.Untargeted(labels), Bounds);
        Check(model);
        random ??= new RowRandom(0);

        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var passes = new List<FeatureDatasetRows>();
        foreach (var (first, count) in RowBatches.Split(inputs.shape[0], BatchSize))
        {
            using var pass = NewDisposeScope();
            // A copy: an inference tensor or the user's own storage must not reach a recording network.
            var made = Make(new FeatureDatasetBatch(
                model, inputs.narrow(0, first, count).detach().clone(), labels.narrow(0, first, count).clone(), first,
                random.Slice(first, count), cancellation));
            CheckFinite(made.Inputs);
            passes.Add(made.MoveToOuterDisposeScope());
        }
        return FeatureDatasetRows.Join(passes).MoveToOuterDisposeScope();
    }

    /// <summary>Checks the network before any work.</summary>
    private protected virtual void Check(Module<Tensor, Tensor> model)
    {
    }

    /// <summary>Creates the rows of one batch; they belong to the current dispose scope.</summary>
    private protected abstract FeatureDatasetRows Make(FeatureDatasetBatch pass);

    /// <summary>Rounds candidates to bytes if the method quantizes.</summary>
    private protected Tensor Quantize(Tensor candidates, Tensor origins) =>
        QuantizeToBytes ? ByteQuantization.Round(candidates, origins, Bounds) : candidates;

    private static void CheckFinite(Tensor made)
    {
        using var scope = NewDisposeScope();
        if (!made.isfinite().all().cpu().item<bool>())
            throw new InvalidOperationException(
                "The network's outputs or gradients are not finite: rows made by such a network hold NaN. Train it with a " +
                "lower learning rate, or check the values that it was given.");
    }
}
