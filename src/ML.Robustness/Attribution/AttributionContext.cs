using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Attribution;

/// <summary>All that an attribution method has to work with: some rows, one frozen network, one settled target.</summary>
/// <remarks>
/// Scores and gradients are asked for at candidates of N rows, or of k·N: k copies of the batch one after another (noise samples,
/// steps of a path, occluded copies), so that several go through the network at once. <see cref="Copies"/> says how many fit into
/// a pass.
/// </remarks>
public sealed class AttributionContext
{
    private readonly Tensor? _rivals;
    private readonly Tensor? _scores;

    private AttributionContext(
        Module<Tensor, Tensor> model, Tensor inputs, Tensor targets, Tensor? rivals, Tensor? scores, RowRandom random,
        int batchSize, CancellationToken cancellation)
    {
        Model = model;
        Inputs = inputs;
        Targets = targets;
        _rivals = rivals;
        _scores = scores;
        Random = random;
        BatchSize = batchSize;
        Cancellation = cancellation;
    }

    /// <summary>The network: in evaluation mode, its parameters without gradients.</summary>
    public Module<Tensor, Tensor> Model { get; }

    /// <summary>(N, …), the rows to explain; not to be written to.</summary>
    public Tensor Inputs { get; }

    /// <summary>(N), Int64: the class of each row whose score is explained; not to be written to.</summary>
    public Tensor Targets { get; }

    /// <summary>
    /// (N): the score of each row; not to be written to. At noisy copies it is a pass through the network each time.
    /// </summary>
    public Tensor Scores => _scores ?? Score(Inputs);

    /// <summary>The rows' random numbers.</summary>
    public RowRandom Random { get; }

    /// <summary>The number of rows that may go through the network at once.</summary>
    public int BatchSize { get; }

    /// <summary>The caller's cancellation; checked at every pass through the network.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The number of copies of the batch that fit into a pass: one or more.</summary>
    public int Copies => (int)Math.Max(1, BatchSize / Inputs.shape[0]);

    /// <summary>(N), or null: what <see cref="AttributionResult.CompletenessGaps"/> reports.</summary>
    /// <value>Set by methods whose attributions should add up to something. The default is null.</value>
    public Tensor? CompletenessGaps { get; set; }

    /// <summary>Of a margin, the class (N) that each row's target is compared with; else null.</summary>
    internal Tensor? OtherClasses => _rivals;

    /// <summary>The position of the first row in the batch given to <see cref="AttributionMethod.Attribute"/>.</summary>
    internal long FirstRow { get; private init; }

    /// <summary>Whether the rows are the caller's own rather than noisy copies.</summary>
    internal bool IsClean => _scores is not null;

    /// <summary>Computes scores without a graph.</summary>
    /// <param name="candidates">(N, …) or (k·N, …).</param>
    /// <returns>(N) or (k·N), the target's scores; the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The network fails or does not return logits of shape (N, K).</exception>
    public Tensor Score(Tensor candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Cancellation.ThrowIfCancellationRequested();
        return Pick(ModelCall.Forward(Model, candidates)).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the network forward and backward, to the input only.</summary>
    /// <param name="candidates">(N, …) or (k·N, …).</param>
    /// <returns>
    /// The scores' gradient, of the candidates' shape, and the scores, both free of any graph; the caller disposes.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The network fails, does not return logits, or its output has no gradient to its input.
    /// </exception>
    public (Tensor Gradient, Tensor Scores) Gradient(Tensor candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        Cancellation.ThrowIfCancellationRequested();
        var variable = candidates.detach().requires_grad_(true);
        var logits = ModelCall.Forward(Model, variable);
        ModelCall.CheckGradient(logits, "Gradient attributions");
        var scores = Pick(logits);
        var gradient = ModelCall.Backward(scores, variable);
        return (gradient.MoveToOuterDisposeScope(), scores.detach().MoveToOuterDisposeScope());
    }

    /// <summary>Reads the target's scores.</summary>
    /// <param name="logits">(N, K) or (k·N, K).</param>
    /// <returns>(N) or (k·N), in the logits' graph; the caller disposes.</returns>
    public Tensor Pick(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        return Pick(logits, Targets, _rivals).MoveToOuterDisposeScope();
    }

    /// <summary>The context of the clean rows, which tell what they are predicted as.</summary>
    internal static AttributionContext ResolveTargets(
        Module<Tensor, Tensor> model, Tensor inputs, AttributionTarget target, RowRandom random, int batchSize,
        CancellationToken cancellation,
        long firstRow = 0)
    {
        using var quiet = no_grad();
        cancellation.ThrowIfCancellationRequested();
        var logits = ModelCall.Forward(model, inputs);
        var (targets, rivals) = target.ResolveTargets(logits);
        return new AttributionContext(model, inputs, targets, rivals, Pick(logits, targets, rivals), random, batchSize,
            cancellation)
        { FirstRow = firstRow };
    }

    /// <summary>The same rows, or k copies of them, elsewhere: the target stays what it was at the clean rows.</summary>
    internal AttributionContext At(Tensor candidates, RowRandom random)
    {
        var copies = candidates.shape[0] / Inputs.shape[0];
        return new AttributionContext(
            Model, candidates, Repeated(Targets, copies), _rivals is null ? null : Repeated(_rivals, copies), null, random,
            BatchSize, Cancellation);
    }

    /// <summary>The context of some of the clean rows.</summary>
    internal AttributionContext Select(Tensor positions) => new(
        Model, Inputs.index_select(0, positions), Targets.index_select(0, positions), _rivals?.index_select(0, positions),
        Scores.index_select(0, positions),
        Random.Select(positions.cpu().data<long>().ToArray()), BatchSize, Cancellation);

    private static Tensor Pick(Tensor logits, Tensor targets, Tensor? rivals)
    {
        var scores = Column(logits, targets);
        return rivals is null ? scores : scores.sub(Column(logits, rivals));
    }

    private static Tensor Column(Tensor logits, Tensor indexes) =>
        logits.gather(1, Repeated(indexes, logits.shape[0] / indexes.shape[0]).unsqueeze(1)).squeeze(1);

    private static Tensor Repeated(Tensor values, long copies) =>
        copies == 1 ? values : values.expand(copies, values.shape[0]).reshape(-1);
}
