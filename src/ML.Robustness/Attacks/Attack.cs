using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Attacks;

/// <summary>A method that searches, inside a threat model, for inputs on which a network errs.</summary>
/// <remarks>
/// The base checks the inputs, freezes the network (evaluation mode, no parameter gradients; both restored), keeps the search
/// inside the threat model, judges the outcome and frees what it made. A subclass only searches. Attacks are immutable and may be
/// used by several threads at once, on a network that is already in evaluation mode with frozen parameters.
/// </remarks>
public abstract class Attack
{
    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">The perturbations that the attack may use.</param>
    /// <exception cref="ArgumentNullException"><paramref name="threatModel"/> is null.</exception>
    protected Attack(ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ThreatModel = threatModel;
    }

    /// <summary>The perturbations that the attack may use.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The loss that the attack maximises.</summary>
    /// <value>Any loss. The default is <see cref="AttackLoss.CrossEntropy"/>.</value>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>The number of rows that go through the network at once.</summary>
    /// <value>
    /// One or more. The default is 256, the fastest on a CPU. It bounds memory and changes results by the kernels' rounding only.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 256;

    /// <summary>The number of passes averaged for each gradient and verdict, for networks with random outputs.</summary>
    /// <value>One or more. The default is 1; AutoAttack's version for randomised defences takes 20.</value>
    /// <remarks>
    /// Expectation over transformations (Athalye et al., <see href="https://arxiv.org/abs/1802.00420"/>). A row counts as fooled
    /// by its mean outputs, not by one lucky draw.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int EotSamples
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 1;

    /// <summary>Attacks a batch.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="inputs">(N, …), floating point, values inside the threat model's range; left as they were.</param>
    /// <param name="goal">What the attack wants of each row.</param>
    /// <param name="random">The rows' random numbers. The default is seed 0 from row 0.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>Adversarial inputs and verdicts; the caller disposes.</returns>
    /// <exception cref="ArgumentException">Inputs or labels are not as described.</exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, has no gradient to its input, or its outputs or gradients are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public AttackResult Perturb(
        Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom? random = null,
        CancellationToken cancellation = default) =>
        PerturbRows(null, null, model, inputs, goal, random, cancellation);

    /// <summary>Attacks a batch from given starts, such as those of another implementation.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="inputs">(N, …), floating point, values inside the threat model's range; left as they were.</param>
    /// <param name="goal">What the attack wants of each row.</param>
    /// <param name="starts">
    /// (N, …), of the inputs' shape, element type and device, finite: where the search of each row begins once it is projected
    /// onto the threat model; left as they were. Restarts after the first run begin at the attack's own starts.
    /// </param>
    /// <param name="random">The rows' random numbers. The default is seed 0 from row 0.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>Adversarial inputs and verdicts; the caller disposes.</returns>
    /// <exception cref="ArgumentException">Inputs, labels or starts are not as described.</exception>
    /// <exception cref="NotSupportedException">The attack does not begin at a start: see <see cref="AcceptsStarts"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, has no gradient to its input, or its outputs or gradients are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public AttackResult PerturbFrom(
        Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, Tensor starts, RowRandom? random = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(starts);
        if (!AcceptsStarts)
            throw new NotSupportedException(
                $"{this} does not begin at a start: use {nameof(ProjectedGradientDescent)} or {nameof(FastGradientMethod)}, or "
                + "call Perturb without starts.");
        return PerturbRows(starts, null, model, inputs, goal, random, cancellation);
    }

    /// <summary>Returns the attack run several times from other random starts, the worst of them kept for each row.</summary>
    /// <param name="restarts">How many runs in all: one or more.</param>
    /// <returns>An attack whose later runs only see the rows still robust.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="restarts"/> is below one.</exception>
    /// <exception cref="ArgumentException">The attack is eight restarted attacks, one inside the other.</exception>
    public Attack WithRestarts(int restarts) => new RestartedAttack(this, restarts);

    /// <summary>Returns the attack as text, for example <c>PGD-20 L∞ 8/255</c>.</summary>
    /// <returns>Method, norm and radius in the invariant culture.</returns>
    public override string ToString() => $"{MethodName} {ThreatModel.Title}";

    /// <summary>The method and its settings as <see cref="ToString"/> shows them.</summary>
    /// <value>For example <c>PGD-20</c>. The default is the type's name.</value>
    protected virtual string MethodName => GetType().Name;

    /// <summary>Whether <see cref="Search"/> begins at <see cref="SearchContext.Start"/> where there is one.</summary>
    /// <value>The default is false: starts are refused.</value>
    protected internal virtual bool AcceptsStarts => false;

    /// <summary>
    /// How often a batch goes through the network where no row falls early, each averaged pass counted once: for progress only.
    /// </summary>
    internal virtual long ExpectedPasses => 100;

    /// <summary>Searches for adversarial inputs.</summary>
    /// <param name="search">The batch, the network and the goal. The radius is above zero.</param>
    /// <returns>
    /// (N, …), the search's last candidates; the base projects and judges them, together with those that were offered.
    /// </returns>
    protected internal abstract Tensor Search(SearchContext search);

    /// <summary>Searches and judges: the best candidate of each row, which stays the context's.</summary>
    internal virtual BestCandidates Run(SearchContext search)
    {
        using var scope = NewDisposeScope();
        return search.EvaluateFinal(RunSearch(search));
    }

    /// <summary>
    /// Adversarial inputs for training: nothing is checked, and nothing judged unless the search offers candidates, so that an
    /// attack which keeps its last iterate costs its own steps only.
    /// </summary>
    internal Tensor Generate(
        Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom random, AttackLoss? loss = null,
        Tensor? start = null,
        CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var origins = inputs.detach();
        using var search = new SearchContext(
            model, origins, ResolveBatch(model, origins, goal, random, cancellation), loss ?? Loss, ThreatModel, random,
            cancellation)
        {
            Start = start,
            Samples = EotSamples,
        };
        var adversarial = RunSearch(search);
        if (search.Best is not null)
            adversarial = search.EvaluateFinal(adversarial).Inputs.clone();
        // Nothing is read back in training: a row whose gradient was NaN becomes NaN, and so does the loss, which is watched.
        if (search.BrokenGradients is { } broken)
            adversarial = adversarial.add(broken.view([-1, .. Enumerable.Repeat(1L, (int)adversarial.dim() - 1)]), One);
        return adversarial.MoveToOuterDisposeScope();
    }

    /// <summary>The goal with its targets, as <see cref="Perturb"/> resolves them; they belong to the current dispose
    /// scope.</summary>
    internal AttackGoal ResolveTargets(Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom random)
    {
        if (!goal.NeedsTargets)
            return goal;
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var targets = new List<Tensor>();
        foreach (var (first, count) in RowBatches.Split(inputs.shape[0], BatchSize))
        {
            var rows = inputs.narrow(0, first, count);
            targets.Add(ResolveBatch(model, rows, goal.Slice(first, count), random.Slice(first, count), default).Labels);
        }
        return AttackGoal.Targeted(ModelCall.Join(targets));
    }

    /// <summary>Attacks rows of a data set, given their places in it: losses that were made for the data set get these
    /// rows.</summary>
    internal AttackResult PerturbRows(
        int[] places, Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom random,
        CancellationToken cancellation) =>
        PerturbRows(null, Array.ConvertAll(places, place => (long)place), model, inputs, goal, random, cancellation);

    private AttackResult PerturbRows(
        Tensor? starts, long[]? places, Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom? random,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(goal);
        AttackGoal.Check(inputs, goal, ThreatModel);
        if (starts is not null)
            SearchContext.CheckStarts(starts, inputs);
        random ??= new RowRandom(0);

        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var messages = new List<string>();
        var batches = new List<(Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions, long[] Queries)>();
        foreach (var (first, count) in RowBatches.Split(inputs.shape[0], BatchSize))
        {
            var (origins, start) = (inputs.narrow(0, first, count), starts?.narrow(0, first, count));
            // The loss was made for all of these rows, or for the data set that they are of.
            var isWhole = places is null && count == inputs.shape[0];
            var loss = isWhole ? Loss : Loss.Select(Positions(places, first, count, inputs.device));
            batches.Add(AttackBatch(
                model, origins, start, goal.Slice(first, count), loss, random.Slice(first, count), messages, cancellation));
        }
        return new AttackResult(
            ModelCall.Join(batches.ConvertAll(batch => batch.Inputs)), ModelCall.Join(batches.ConvertAll(batch => batch.Success)),
            ModelCall.Join(batches.ConvertAll(batch => batch.Distances)),
            ModelCall.Join(batches.ConvertAll(batch => batch.Predictions)),
            [.. batches.SelectMany(batch => batch.Queries)])
        {
            Messages = messages,
        };
    }

    private static Tensor Positions(long[]? places, long first, long count, Device device) => places is null
        ? arange(Kept(first), Kept(first + count), One, ScalarType.Int64, device)
        : tensor(places[(int)first..(int)(first + count)], device: CPU).to(device);

    private (Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions, long[] Queries) AttackBatch(
        Module<Tensor, Tensor> model, Tensor origins, Tensor? start, AttackGoal goal, AttackLoss loss, RowRandom random,
        List<string> messages, CancellationToken cancellation)
    {
        using var pass = NewDisposeScope();
        // A copy: an inference tensor or the user's own storage must not reach a recording network.
        origins = origins.detach().clone();
        using var search = new SearchContext(
            model, origins, ResolveBatch(model, origins, goal, random, cancellation), loss, ThreatModel, random, cancellation)
        {
            Start = start is null ? null : ThreatModel.Project(start.detach(), origins),
            ChecksLabels = true,
            Samples = EotSamples,
            Messages = messages,
        };
        var best = Run(search);
        best.CheckFinite(search.BrokenGradients);
        return (
            best.Inputs.clone().MoveToOuterDisposeScope(), best.Reached.clone().MoveToOuterDisposeScope(),
            ThreatModel.Distance(best.Inputs, search.Origins).MoveToOuterDisposeScope(),
            best.Predictions.clone().MoveToOuterDisposeScope(), search.Queries());
    }

    private Tensor RunSearch(SearchContext search)
    {
        var origins = search.Origins;
        if (ThreatModel.Epsilon == 0)
            return origins.clone();
        var candidates = Search(search);
        if (candidates is null || !candidates.shape.AsSpan().SequenceEqual(origins.shape))
            throw new InvalidOperationException(
                $"{GetType().Name}.Search must return candidates of the inputs' shape {TensorShape.Text(origins)}, "
                + $"got {(candidates is null ? "null" : TensorShape.Text(candidates))}.");
        return ThreatModel.Project(candidates, origins);
    }

    /// <summary>The goal with its targets, for which some goals need the network's outputs for the clean rows.</summary>
    private AttackGoal ResolveBatch(
        Module<Tensor, Tensor> model, Tensor origins, AttackGoal goal, RowRandom random, CancellationToken cancellation)
    {
        if (!goal.NeedsTargets)
            return goal;
        using var clean = new SearchContext(model, origins, goal, Loss, ThreatModel, random, cancellation)
        {
            ChecksLabels = true,
        };
        using var logits = clean.Forward(origins);
        return goal.Resolve(logits, random);
    }
}
