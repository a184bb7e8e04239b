using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>Climbs the loss step by step, back into the threat model after each: PGD.</summary>
/// <remarks>
/// x ← Π(x + α · direction(∇L)) (Madry et al., <see href="https://arxiv.org/abs/1706.06083"/>). With <see cref="Momentum"/> it is MI-FGSM
/// (<see href="https://arxiv.org/abs/1710.06081"/>). Unlike the reference, the L2 start is uniform in the ball, not on its surface,
/// and with <see cref="ReturnBestIterate"/> a row that was fooled once stays fooled.
/// </remarks>
public sealed class ProjectedGradientDescent : Attack
{
    private readonly int _steps = 10;
    private readonly double? _stepSize;
    private readonly double _momentum;

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    public ProjectedGradientDescent(ThreatModel threatModel)
        : base(threatModel)
    {
    }

    /// <summary>Gets the number of steps, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 10; evaluations use 20 to 100.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get => _steps;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Steps));
            _steps = value;
        }
    }

    /// <summary>Gets the length of a step in the threat model's norm.</summary>
    /// <value>A finite number above zero. The default, null, is 2.5 ε over <see cref="Steps"/>; without a radius half the range's diagonal takes its place.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize
    {
        get => _stepSize;
        init => _stepSize = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>Gets whether the search starts at a random point of the ball rather than at the input.</summary>
    /// <value>The default is true.</value>
    public bool RandomStart { get; init; } = true;

    /// <summary>Gets whether a random start lies on the ball's surface rather than anywhere in it.</summary>
    /// <value>The default is false.</value>
    public bool StartOnSurface { get; init; }

    /// <summary>Gets how much of the former gradients is carried on.</summary>
    /// <value>A finite number of zero or more. The default is 0, no momentum; 1 is MI-FGSM's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Momentum
    {
        get => _momentum;
        init => _momentum = ArgumentChecks.NotNegative(value);
    }

    /// <summary>Gets whether each row's best iterate is returned rather than its last.</summary>
    /// <value>The default is true. Training sets false, which saves one pass forward.</value>
    public bool ReturnBestIterate { get; init; } = true;

    /// <inheritdoc/>
    private protected override string MethodName => $"PGD-{Steps}";

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        var size = StepSize ?? 2.5 * ThreatModel.Reach(search.Origins) / Steps;
        var candidates = search.Start?.clone()
            ?? FirstCandidates(search);
        Tensor? velocity = null;
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (loss, gradient, logits) = search.Gradient(candidates);
            if (ReturnBestIterate)
                search.Offer(candidates, loss, logits);
            if (Momentum > 0)
                gradient = velocity = Replace(velocity, Accumulate(velocity, gradient));
            var moved = ThreatModel.Step(candidates, gradient, size);
            candidates = Replace(candidates, ThreatModel.Project(moved, search.Origins));
        }
        velocity?.Dispose();
        return candidates;
    }

    private Tensor FirstCandidates(SearchContext search)
    {
        if (!RandomStart)
            return search.Origins.clone();
        return StartOnSurface
            ? ThreatModel.SurfaceStart(search.Origins, search.Random)
            : ThreatModel.RandomStart(search.Origins, search.Random);
    }

    /// <summary>μ v + g over its mean absolute value, which gives rows of any gradient scale the same say.</summary>
    private Tensor Accumulate(Tensor? velocity, Tensor gradient)
    {
        var scale = gradient.abs().flatten(1).mean([1]).clamp_min_(RowBroadcast.Smallest(gradient.dtype));
        var scaled = gradient.div(RowBroadcast.Spread(scale, gradient));
        return velocity is null ? scaled : scaled.add_(velocity, Momentum);
    }

    /// <summary>Hands a tensor on to the next step and frees the one it replaces at once, rather than with the whole search.</summary>
    private static Tensor Replace(Tensor? former, Tensor next)
    {
        former?.Dispose();
        return next.MoveToOuterDisposeScope();
    }
}
