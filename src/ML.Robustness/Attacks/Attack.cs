using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Attacks;

/// <summary>A method that searches, inside a threat model, for inputs on which a network errs.</summary>
/// <remarks>
/// The base checks the inputs, freezes the network (evaluation mode, no parameter gradients; both restored), keeps the search inside the
/// threat model, judges the outcome and frees what it made. A subclass only searches. Attacks are immutable and may be used by several
/// threads at once, on a network that is already in evaluation mode with frozen parameters.
/// </remarks>
public abstract class Attack
{
    private readonly int _passSize = 256;
    private readonly int _gradientSamples = 1;

    /// <summary>Sets what every attack has.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    /// <exception cref="ArgumentNullException"><paramref name="threatModel"/> is null.</exception>
    protected Attack(ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ThreatModel = threatModel;
    }

    /// <summary>Gets what the adversary may do.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>Gets what the attack climbs.</summary>
    /// <value>Any loss. The default is <see cref="AttackLoss.CrossEntropy"/>.</value>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Gets how many rows go through the network at once; bounds memory, and does not change results beyond the kernels' rounding.</summary>
    /// <value>One or more. The default is 256, the fastest on a CPU.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize
    {
        get => _passSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(BatchSize));
            _passSize = value;
        }
    }

    /// <summary>Gets how many passes are averaged for each gradient and verdict: expectation over transformations, for networks that answer at random.</summary>
    /// <value>One or more. The default is 1; AutoAttack's version for randomised defences takes 20.</value>
    /// <remarks>Athalye et al., <see href="https://arxiv.org/abs/1802.00420"/>. A row counts as fooled by its mean outputs, not by one lucky draw.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int EotSamples
    {
        get => _gradientSamples;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _gradientSamples = value;
        }
    }

    /// <summary>Attacks a batch.</summary>
    /// <param name="model">The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.</param>
    /// <param name="inputs">(N, …), floating point, values inside the threat model's range; left as they were.</param>
    /// <param name="goal">What the attack wants of each row.</param>
    /// <param name="random">The rows' random numbers. The default is seed 0 from row 0.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>Adversarial inputs and verdicts; the caller disposes.</returns>
    /// <exception cref="ArgumentException">Inputs or labels are not as described.</exception>
    /// <exception cref="InvalidOperationException">The network fails, has no gradient to its input, or its outputs or gradients are not finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public AttackResult Perturb(
        Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom? random = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(goal);
        AttackGoal.Check(inputs, goal, ThreatModel);
        random ??= new RowRandom(0);

        using var scope = NewDisposeScope();
        using var frozen = new ModelScope(model);
        var rows = inputs.shape[0];
        var messages = new List<string>();
        var passes = new List<(Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions, long[] Queries)>();
        for (long first = 0; first < rows; first += BatchSize)
        {
            var count = Math.Min(BatchSize, rows - first);
            var origins = inputs.narrow(0, first, count);
            passes.Add(Attempt(model, origins, goal.Slice(first, count), random.Slice(first, count), messages, cancellation));
        }
        return new AttackResult(
            ModelCall.Join(passes.ConvertAll(pass => pass.Inputs)), ModelCall.Join(passes.ConvertAll(pass => pass.Success)),
            ModelCall.Join(passes.ConvertAll(pass => pass.Distances)), ModelCall.Join(passes.ConvertAll(pass => pass.Predictions)),
            [.. passes.SelectMany(pass => pass.Queries)])
        {
            Messages = messages,
        };
    }

    /// <summary>Returns the attack run several times from other random starts, the worst of them kept for each row.</summary>
    /// <param name="restarts">How many runs in all: one or more.</param>
    /// <returns>An attack whose later runs only see the rows still robust.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="restarts"/> is below one.</exception>
    public Attack WithRestarts(int restarts) => new RestartedAttack(this, restarts);

    /// <summary>Returns the attack as text, for example <c>PGD-20 LInf 0.1</c>.</summary>
    /// <returns>Method, norm and radius in the invariant culture.</returns>
    public override string ToString() => $"{MethodName} {ThreatModel.Title}";

    /// <summary>Gets the method as <see cref="ToString"/> shows it.</summary>
    private protected virtual string MethodName => GetType().Name;

    /// <summary>Searches for adversarial inputs.</summary>
    /// <param name="search">The batch, the network and the goal. The radius is above zero.</param>
    /// <returns>(N, …), the search's last candidates; the base projects and judges them, together with those that were offered.</returns>
    protected internal abstract Tensor Search(SearchContext search);

    /// <summary>Searches and judges: the best candidate of each row, which stays the context's.</summary>
    internal virtual BestCandidates Run(SearchContext search)
    {
        using var scope = NewDisposeScope();
        return search.EvaluateFinal(Found(search));
    }

    /// <summary>
    /// Adversarial inputs for training: nothing is checked, and nothing judged unless the search offers candidates, so that an attack
    /// which keeps its last iterate costs its own steps only.
    /// </summary>
    internal Tensor Generate(
        Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom random, AttackLoss? loss = null, Tensor? start = null,
        CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var frozen = new ModelScope(model);
        var origins = inputs.detach();
        using var search = new SearchContext(
            model, origins, Settled(model, origins, goal, random, cancellation), loss ?? Loss, ThreatModel, random, cancellation)
        {
            Start = start,
            Samples = EotSamples,
        };
        var found = Found(search);
        if (search.Best is not null)
            found = search.EvaluateFinal(found).Inputs.clone();
        return found.MoveToOuterDisposeScope();
    }

    private Tensor Found(SearchContext search)
    {
        var origins = search.Origins;
        if (ThreatModel.Epsilon == 0)
            return origins.clone();
        var found = Search(search);
        if (found is null || !found.shape.AsSpan().SequenceEqual(origins.shape))
            throw new InvalidOperationException($"{GetType().Name}.Search must return candidates of the inputs' shape {TensorShape.Text(origins)}, got {(found is null ? "null" : TensorShape.Text(found))}.");
        return ThreatModel.Project(found, origins);
    }

    private (Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions, long[] Queries) Attempt(
        Module<Tensor, Tensor> model, Tensor origins, AttackGoal goal, RowRandom random, List<string> messages,
        CancellationToken cancellation)
    {
        using var pass = NewDisposeScope();
        // A copy: an inference tensor or the user's own storage must not reach a recording network.
        origins = origins.detach().clone();
        using var search = new SearchContext(
            model, origins, Settled(model, origins, goal, random, cancellation), Loss, ThreatModel, random, cancellation)
        {
            ChecksLabels = true,
            Samples = EotSamples,
            Messages = messages,
        };
        var best = Run(search);
        best.CheckFinite();
        return (
            best.Inputs.clone().MoveToOuterDisposeScope(), best.Reached.clone().MoveToOuterDisposeScope(),
            ThreatModel.Distance(best.Inputs, search.Origins).MoveToOuterDisposeScope(), best.Predictions.clone().MoveToOuterDisposeScope(), search.Queries());
    }

    /// <summary>The goal with its targets, as <see cref="Perturb"/> settles them; they belong to the current dispose scope.</summary>
    internal AttackGoal ResolveTargets(Module<Tensor, Tensor> model, Tensor inputs, AttackGoal goal, RowRandom random)
    {
        if (!goal.NeedsTargets)
            return goal;
        using var scope = NewDisposeScope();
        using var frozen = new ModelScope(model);
        var targets = new List<Tensor>();
        for (long first = 0; first < inputs.shape[0]; first += BatchSize)
        {
            var count = Math.Min(BatchSize, inputs.shape[0] - first);
            targets.Add(Settled(model, inputs.narrow(0, first, count), goal.Slice(first, count), random.Slice(first, count), default).Labels);
        }
        return AttackGoal.Targeted(ModelCall.Join(targets));
    }

    /// <summary>The goal with its targets, for which some goals need the network's word on the clean rows.</summary>
    private AttackGoal Settled(Module<Tensor, Tensor> model, Tensor origins, AttackGoal goal, RowRandom random, CancellationToken cancellation)
    {
        if (!goal.NeedsTargets)
            return goal;
        using var clean = new SearchContext(model, origins, goal, Loss, ThreatModel, random, cancellation) { ChecksLabels = true };
        using var logits = clean.Forward(origins);
        return goal.Resolve(logits, random);
    }
}
