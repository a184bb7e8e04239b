using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>Makes of a labelled batch the rows of another data set, by which to see what features a network learns.</summary>
/// <remarks>
/// The base checks the batch, freezes the network (evaluation mode, no parameter gradients; both restored), goes through it in
/// passes and frees what was made; a subclass makes the rows of one pass. Constructions are immutable and may be used by several
/// threads at once, on networks that are already in evaluation mode with frozen parameters.
/// </remarks>
public abstract class FeatureConstruction
{
    private protected FeatureConstruction()
    {
    }

    /// <summary>The rows that go through the network at once; bounds memory only.</summary>
    /// <value>One or more. The default is 256, the fastest on a CPU.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 256;

    /// <summary>Whether new inputs are multiples of 1/255, rounded inside the threat model before they are judged.</summary>
    /// <value>The default is false. Where it is true, the inputs given must be such multiples.</value>
    public bool QuantizeToBytes { get; init; }

    /// <summary>The threat model: how far a row may be moved, and the range of its values.</summary>
    private protected abstract ThreatModel Bounds { get; }

    /// <summary>Makes new rows.</summary>
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
    public ConstructedRows Construct(
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
        var passes = new List<ConstructedRows>();
        foreach (var (first, count) in RowBatches.Split(inputs.shape[0], BatchSize))
        {
            using var pass = NewDisposeScope();
            // A copy: an inference tensor or the user's own storage must not reach a recording network.
            var made = Make(new ConstructionBatch(
                model, inputs.narrow(0, first, count).detach().clone(), labels.narrow(0, first, count).clone(), first,
                random.Slice(first, count), cancellation));
            CheckFinite(made.Inputs);
            passes.Add(made.MoveToOuterDisposeScope());
        }
        return ConstructedRows.Join(passes).MoveToOuterDisposeScope();
    }

    /// <summary>Throws what there is to say against a network, before any work.</summary>
    private protected virtual void Check(Module<Tensor, Tensor> model)
    {
    }

    /// <summary>Makes the rows of one pass; they belong to the current dispose scope.</summary>
    private protected abstract ConstructedRows Make(ConstructionBatch pass);

    /// <summary>Candidates as they are given away: rounded where bytes are asked for.</summary>
    private protected Tensor ResolveTargets(Tensor candidates, Tensor origins) =>
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
