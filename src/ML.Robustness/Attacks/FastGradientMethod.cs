using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>One step of steepest ascent: FGSM for L∞.</summary>
/// <remarks>
/// x + α · direction(∇L) (Goodfellow et al., <see href="https://arxiv.org/abs/1412.6572"/>). With <see cref="RandomStart"/> and a
/// step of 1.25 ε it is the attack of fast adversarial training (<see href="https://arxiv.org/abs/2001.03994"/>).
/// </remarks>
public sealed class FastGradientMethod : Attack
{
    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    public FastGradientMethod(ThreatModel threatModel)
        : base(threatModel)
    {
    }

    /// <summary>The length of the step in the threat model's norm.</summary>
    /// <value>A finite number above zero. The default, null, is ε; without a radius half the range's diagonal.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>Whether the step starts at a random point of the ball rather than at the input.</summary>
    /// <value>The default is false.</value>
    public bool RandomStart { get; init; }

    /// <inheritdoc/>
    protected override string MethodName => "FGSM";

    internal override long ExpectedPasses => 2;

    /// <inheritdoc/>
    protected internal override bool AcceptsStarts => true;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        var start = search.Start ?? (RandomStart ? ThreatModel.RandomStart(search.Origins, search.Random) : search.Origins);
        var (_, gradient, _) = search.Gradient(start);
        return ThreatModel.Step(start, gradient, StepSize ?? ThreatModel.Reach(search.Origins)).MoveToOuterDisposeScope();
    }
}
