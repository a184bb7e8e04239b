using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Attacks;

/// <summary>The batch, the frozen network and the goal of an attack's search.</summary>
public sealed class SearchContext : IDisposable
{
    private SearchContext? _whole;
    private long[] _positions = [];
    private long[]? _partQueries;
    private long _classes;
    private long _passes;
    private Tensor? _broken;

    internal SearchContext(
        Module<Tensor, Tensor> model, Tensor origins, AttackGoal goal, AttackLoss loss, ThreatModel threatModel, RowRandom random,
        CancellationToken cancellation)
    {
        Model = model;
        Origins = origins;
        Goal = goal;
        Loss = loss;
        ThreatModel = threatModel;
        Random = random;
        Cancellation = cancellation;
    }

    /// <summary>The network: in evaluation mode, its parameters without gradients.</summary>
    public Module<Tensor, Tensor> Model { get; }

    /// <summary>The unperturbed inputs, (N, …); not to be written to.</summary>
    public Tensor Origins { get; }

    /// <summary>The goal of each row.</summary>
    public AttackGoal Goal { get; }

    /// <summary>The loss that the attack maximises.</summary>
    public AttackLoss Loss { get; }

    /// <summary>The perturbations that the attack may use.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The rows' random numbers.</summary>
    public RowRandom Random { get; }

    /// <summary>The caller's request to stop; checked at every pass through the network.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The given start of each row, (N, …); not to be written to.</summary>
    /// <value>Inside the threat model where a caller of Perturb gave it. Null where the attack chooses its own start.</value>
    public Tensor? Start { get; internal init; }

    /// <summary>What the gradients are of, where that is not <see cref="Loss"/>, by which candidates are compared.</summary>
    internal AttackLoss? GradientLoss { get; init; }

    /// <summary>How many passes are averaged, for networks that answer at random.</summary>
    internal int Samples { get; init; } = 1;

    /// <summary>What the user should know of how the search went; one list for a search and its parts.</summary>
    internal IList<string> Messages { get; init; } = [];

    /// <summary>Whether labels are compared with the network's classes, which reads them from the device.</summary>
    internal bool ChecksLabels { get; init; }

    internal BestCandidates? Best { get; private set; }

    /// <summary>
    /// Which restart this search is, zero for the first run: attacks that begin at the input begin elsewhere later.
    /// </summary>
    internal int Restart { get; init; }

    /// <summary>Runs the network without a graph.</summary>
    /// <param name="candidates">(N, …).</param>
    /// <returns>(N, K), the logits; the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The network fails or does not return logits of shape (N, K).</exception>
    public Tensor Forward(Tensor candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return Run(candidates).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the network forward and backward, to the input only.</summary>
    /// <param name="candidates">(N, …).</param>
    /// <returns>
    /// Loss (N), its sign turned where the goal is targeted, so that larger is always better; its gradient (N, …); logits (N, K).
    /// All are free of any graph; the caller disposes.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The network fails, does not return logits, or its output has no gradient to its input.
    /// </exception>
    public (Tensor Loss, Tensor Gradient, Tensor Logits) Gradient(Tensor candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        if (Samples == 1)
            return Sample(candidates);
        using var scope = NewDisposeScope();
        var (loss, gradient, outputs) = Sample(candidates);
        // Sums of our own: what a network returned may be its own tensor, or the input.
        var logits = outputs.clone();
        for (var sample = 1; sample < Samples; sample++)
        {
            using var inner = NewDisposeScope();
            var (more, slope, others) = Sample(candidates);
            loss.add_(more, One);
            gradient.add_(slope, One);
            logits.add_(others, One);
        }
        return (
            loss.div_(Kept(Samples)).MoveToOuterDisposeScope(), gradient.div_(Kept(Samples)).MoveToOuterDisposeScope(),
            logits.div_(Kept(Samples)).MoveToOuterDisposeScope());
    }

    /// <summary>Offers candidates as a result: the attack returns the best that was offered for each row.</summary>
    /// <param name="candidates">(N, …), inside the threat model.</param>
    /// <param name="loss">(N), as <see cref="Gradient"/> gives it.</param>
    /// <param name="logits">(N, K), at these candidates.</param>
    /// <remarks>
    /// A candidate that reaches the goal is better than any that does not; among equals the larger loss wins, then the earlier.
    /// </remarks>
    public void Offer(Tensor candidates, Tensor loss, Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var predictions = logits.argmax(1);
        var reached = Goal.IsReachedBy(predictions);
        if (Best is null)
            Best = new BestCandidates(candidates, loss, reached, predictions);
        else
            Best.Offer(candidates, loss, reached, predictions);
    }

    /// <summary>
    /// Offers candidates whatever loss the gradients are of: the loss by which they are compared is evaluated here.
    /// </summary>
    internal void Offer(Tensor candidates, Tensor logits)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Offer(candidates, SignedLoss(logits), logits);
    }

    /// <summary>Offers what a part of this search found; the first part must have all rows.</summary>
    internal void Merge(SearchContext part, Tensor positions)
    {
        var found = part.Best!;
        if (Best is null)
            Best = new BestCandidates(found.Inputs, found.Loss, found.Reached, found.Predictions);
        else
            Best.Offer(positions, found);
    }

    /// <summary>
    /// (N), zero, and NaN for the rows of which some gradient was not finite, in this search and in its parts that are done; null
    /// where no gradient was asked for. It stays this search's.
    /// </summary>
    internal Tensor? BrokenGradients => _broken;

    /// <summary>Frees the best candidates, and adds a part's queries to those of the whole.</summary>
    internal void Release()
    {
        Best?.Dispose();
        Best = null;
        if (_whole is not null && _broken is not null)
        {
            using var scope = NewDisposeScope();
            _whole._broken ??= zeros([_whole.Origins.shape[0]], _broken.dtype, _broken.device).DetachFromDisposeScope();
            _whole._broken.index_add_(0, tensor(_positions, device: CPU).to(_broken.device), _broken, Kept(1));
        }
        _broken?.Dispose();
        _broken = null;
        if (_whole is null)
            return;
        var whole = _whole._partQueries ??= new long[_whole.Origins.shape[0]];
        var queries = Queries();
        for (var i = 0; i < queries.Length; i++)
            whole[_positions[i]] += queries[i];
        _whole = null;
    }

    void IDisposable.Dispose() => Release();

    /// <summary>How often each row went through the network so far, in this search and in its parts that are done.</summary>
    internal long[] Queries()
    {
        var queries = _partQueries is null ? new long[Origins.shape[0]] : (long[])_partQueries.Clone();
        for (var i = 0; i < queries.Length; i++)
            queries[i] += _passes;
        return queries;
    }

    /// <summary>Evaluates and offers the search's last candidates.</summary>
    internal BestCandidates EvaluateFinal(Tensor candidates)
    {
        using var scope = NewDisposeScope();
        Offer(candidates, ForwardMean(candidates));
        return Best!;
    }

    /// <summary>Runs the network without a graph: the mean of its outputs where several passes are averaged.</summary>
    internal Tensor ForwardMean(Tensor candidates)
    {
        var logits = Forward(candidates);
        if (Samples == 1)
            return logits;
        using var scope = NewDisposeScope();
        // A sum of our own: what a network returned may be its own tensor, or the input.
        var sum = logits.clone();
        for (var sample = 1; sample < Samples; sample++)
            sum.add_(Forward(candidates), One);
        return sum.div_(Kept(Samples)).MoveToOuterDisposeScope();
    }

    /// <summary>The same search for some of its rows; disposing it hands its queries on.</summary>
    internal SearchContext Select(
        Tensor positions, RowRandom random, AttackLoss? loss = null, int restart = 0, AttackLoss? gradientLoss = null) =>
        new(
            Model, Origins.index_select(0, positions), Goal.Select(positions), (loss ?? Loss).Select(positions), ThreatModel,
            random,
            Cancellation)
        {
            GradientLoss = (gradientLoss ?? GradientLoss)?.Select(positions),
            Samples = Samples,
            Messages = Messages,
            ChecksLabels = ChecksLabels && _classes == 0,
            _whole = this,
            _positions = positions.cpu().data<long>().ToArray(),
            Restart = restart == 0 ? Restart : restart,
            // A restart from the same start would find the same again.
            Start = restart == 0 ? Start?.index_select(0, positions) : null,
        };

    /// <summary>The loss of outputs, its sign turned where the goal is targeted.</summary>
    internal Tensor SignedLoss(Tensor logits) => Signed(Loss, logits);

    /// <summary>Throws unless starts are as the inputs are, and finite.</summary>
    internal static void CheckStarts(Tensor starts, Tensor inputs)
    {
        var isAlike = starts.dtype == inputs.dtype && starts.shape.AsSpan().SequenceEqual(inputs.shape)
            && starts.device.ToString() == inputs.device.ToString();
        if (!isAlike)
            throw new ArgumentException(
                $"Starts must be as the inputs are, {inputs.dtype} {TensorShape.Text(inputs)} on {inputs.device}, "
                + $"got {starts.dtype} {TensorShape.Text(starts)} on {starts.device}.", nameof(starts));
        using var scope = NewDisposeScope();
        var broken = starts.detach().flatten(1).isfinite().all(1).logical_not();
        if (broken.any().cpu().item<bool>())
            throw new ArgumentException(
                $"Starts must be finite, but row {broken.to(ScalarType.Int64).argmax().cpu().item<long>()} of the batch holds "
                + $"NaN or infinity.",
                nameof(starts));
    }

    private (Tensor Loss, Tensor Gradient, Tensor Logits) Sample(Tensor candidates)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var variable = candidates.detach().requires_grad_(true);
        var logits = Run(variable);
        ModelCall.CheckGradient(logits, "Gradient attacks");
        var loss = Signed(GradientLoss ?? Loss, logits);
        var gradient = ModelCall.Backward(loss, variable);
        Watch(gradient);
        return (
            loss.detach().MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope(),
            logits.detach().MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Remembers the rows whose gradient is not finite, for the sign of NaN is zero: a search would not notice. Nothing is read
    /// back here.
    /// </summary>
    private void Watch(Tensor gradient)
    {
        var largest = linalg.norm(gradient.detach().flatten(1), double.PositiveInfinity, [1L]).mul_(Kept(0));
        if (_broken is null)
            _broken = largest.DetachFromDisposeScope();
        else
            _broken.add_(largest, One);
    }

    private Tensor Signed(AttackLoss measure, Tensor logits)
    {
        var loss = measure.Evaluate(logits, Goal.Labels);
        return Goal.IsTargeted ? loss.neg() : loss;
    }

    private Tensor Run(Tensor candidates)
    {
        Cancellation.ThrowIfCancellationRequested();
        _passes++;
        var logits = ModelCall.Forward(Model, candidates);
        var classes = logits.shape[1];
        if (_classes != classes)
            OnClassCountKnown(classes);
        return logits;
    }

    /// <summary>Checks the labels and the loss once the number of classes is known.</summary>
    private void OnClassCountKnown(long classes)
    {
        if (ChecksLabels)
            ClassLabels.Check(Goal.Bounds, classes);
        _classes = classes;
        if ((GradientLoss ?? Loss).DescribeLimitation((int)classes) is { } message && !Messages.Contains(message))
            Messages.Add(message);
    }
}
