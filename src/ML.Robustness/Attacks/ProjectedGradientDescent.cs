using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>Steps of steepest ascent on the loss, each projected back onto the threat model: PGD.</summary>
/// <remarks>
/// x ← Π(x + α · direction(∇L)) (Madry et al., <see href="https://arxiv.org/abs/1706.06083"/>). With <see cref="Momentum"/> it is
/// MI-FGSM (<see href="https://arxiv.org/abs/1710.06081"/>). Unlike the reference, the L2 start is uniform in the ball, not on
/// its surface, and with <see cref="ReturnBestIterate"/> a row that was fooled once stays fooled.
/// </remarks>
public sealed class ProjectedGradientDescent : Attack
{
    private bool _returnsBestIterate = true;

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">The perturbations that the attack may use.</param>
    public ProjectedGradientDescent(ThreatModel threatModel)
        : base(threatModel)
    {
    }

    /// <summary>The number of steps, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 10; evaluations use 20 to 100.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 10;

    /// <summary>The length of a step in the threat model's norm.</summary>
    /// <value>
    /// A finite number above zero. The default, null, is 2.5 ε over <see cref="Steps"/>; without a radius half the range's
    /// diagonal takes its place.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>Whether the search starts at a random point of the ball rather than at the input.</summary>
    /// <value>The default is true. Given starts take precedence.</value>
    public bool RandomStart { get; init; } = true;

    /// <summary>Whether a random start lies on the ball's surface rather than anywhere in it.</summary>
    /// <value>The default is false.</value>
    public bool StartOnSurface { get; init; }

    /// <summary>The factor by which former gradients are carried on.</summary>
    /// <value>A finite number of zero or more. The default is 0, no momentum; 1 is MI-FGSM's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Momentum
    {
        get;
        init => field = ArgumentChecks.NotNegative(value);
    }

    /// <summary>Whether each row's best iterate is returned rather than its last.</summary>
    /// <value>The default is true. Training sets false, which saves one pass forward.</value>
    public bool ReturnBestIterate
    {
        get => _returnsBestIterate;
        init => _returnsBestIterate = value;
    }

    /// <inheritdoc/>
    protected override string MethodName => $"PGD-{Steps}";

    internal override long ExpectedPasses => Steps + 1;

    /// <inheritdoc/>
    protected internal override bool AcceptsStarts => true;

    /// <summary>The same attack, but that it returns the last iterate.</summary>
    internal ProjectedGradientDescent ReturningLastIterate()
    {
        var copy = (ProjectedGradientDescent)MemberwiseClone();
        copy._returnsBestIterate = false;
        return copy;
    }

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        Tensor? velocity = null;
        var ascent = new ProjectedAscent(ThreatModel, Steps, StepSize);
        var candidates = ascent.Run(search.Start?.clone() ?? FirstCandidates(search), search.Origins, (_, candidates) =>
        {
            var (loss, gradient, logits) = search.Gradient(candidates);
            if (ReturnBestIterate)
                search.Offer(candidates, loss, logits);
            return Momentum > 0 ? velocity = ProjectedAscent.Replace(velocity, Accumulate(velocity, gradient)) : gradient;
        });
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

    /// <summary>μ v + g over its mean absolute value, which gives rows of any gradient scale the same weight.</summary>
    private Tensor Accumulate(Tensor? velocity, Tensor gradient)
    {
        var scale = gradient.abs().flatten(1).mean([1]).clamp_min_(Kept(RowBroadcast.Smallest(gradient.dtype)));
        var scaled = gradient.div(RowBroadcast.Spread(scale, gradient));
        return velocity is null ? scaled : scaled.add_(velocity, Kept(Momentum));
    }
}
