using ML.Robustness.AttackGeometry;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// Looks for the least change that reaches the goal, and asks only which class wins: HopSkipJump, for any model with labels.
/// </summary>
/// <remarks>
/// From a start that reaches the goal, each step bisects to the decision boundary, estimates the direction of the gradient there
/// from random samples, goes along it as far as the goal stays reached, and bisects again (Chen, Jordan and Wainwright,
/// <see href="https://arxiv.org/abs/1904.02144"/>). Unlike the reference, lengths are in units of the budgets, a bisection tries
/// three points at a time, its tolerance is bounded (<see cref="Tolerance"/>), the first samples lie as near as the later ones,
/// and L1 is possible: there the way to the origin makes all changes smaller by the same amount. Starts are random points of the
/// range, or noise of growing size where there are no bounds; a given start is tried first. A tenth of the queries looks for
/// nearer starts, since the regions of a tree are many. What lies outside ε counts as no
/// success. Give a generous radius to measure distances.
/// </remarks>
public sealed class HopSkipJumpAttack : Attack
{
    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">The perturbations that the attack may use.</param>
    public HopSkipJumpAttack(ThreatModel threatModel)
        : base(threatModel)
    {
    }

    /// <summary>The most times that a row goes through the network, starts and verdict included.</summary>
    /// <value>Four or more. The default is 25 000, the largest of the paper.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below four.</exception>
    public int Queries
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 4);
    } = 25_000;

    /// <summary>The number of samples for the first estimate of a gradient; the t-th takes √t times as many.</summary>
    /// <value>Two or more. The default is 100, the paper's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below two.</exception>
    public int FirstSamples
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 2);
    } = 100;

    /// <summary>The most samples for one estimate of a gradient.</summary>
    /// <value>Two or more. The default is 10 000, the paper's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below two.</exception>
    public int MostSamples
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 2);
    } = 10_000;

    /// <summary>The share of a row's distance at which a bisection ends.</summary>
    /// <value>
    /// Above zero, at most one. The default, null, is the paper's (γ = 1): 1/d² for L∞ and 1/(d √d) otherwise, d being the number
    /// of features that may move, but no less than 0.00001 and no more than 0.001.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative, above one or not a number.</exception>
    public double? Tolerance
    {
        get;
        init => field = value is { } share ? ArgumentChecks.PositiveUpTo(share, 1) : null;
    }

    /// <summary>
    /// Whether a row is left alone as soon as it is fooled within ε, rather than searched for the least change.
    /// </summary>
    /// <value>The default is false. Suites that only ask whether a row falls set true.</value>
    public bool StopOnSuccess { get; init; }

    /// <inheritdoc/>
    protected override string MethodName => $"HopSkipJump-{Queries}";

    internal override long ExpectedPasses =>
        SamplePasses.Expected(Queries / EotSamples, ThreatModel.Budgets?.Count);

    /// <inheritdoc/>
    protected internal override bool AcceptsStarts => true;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        using var run = new HopSkipJumpRun(this, search);
        return run.Find().MoveToOuterDisposeScope();
    }
}
