using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>The best of some random points of the threat model: the baseline that every attack must beat.</summary>
/// <remarks>
/// No gradient is asked for, so that any network can be tried. Points are drawn as <see cref="ThreatModel.RandomStart"/> draws
/// them.
/// </remarks>
public sealed class UniformNoiseAttack : Attack
{
    private const ulong DrawStream = 0x44_72_61_77_00_00; // "Draw", then its number

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    public UniformNoiseAttack(ThreatModel threatModel)
        : base(threatModel)
    {
    }

    /// <summary>The number of points drawn for each row, each a pass forward.</summary>
    /// <value>One or more. The default is 10.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Draws
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 10;

    /// <inheritdoc/>
    protected override string MethodName => $"Noise-{Draws}";

    internal override long ExpectedPasses => Draws;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        for (var draw = 1; draw < Draws; draw++)
        {
            using var scope = NewDisposeScope();
            var candidates = Draw(search, draw);
            search.Offer(candidates, search.Forward(candidates));
        }
        // The last point is judged by the base.
        return Draw(search, 0);
    }

    private Tensor Draw(SearchContext search, int draw) =>
        ThreatModel.RandomStart(search.Origins, search.Random.Derive(DrawStream + (ulong)draw));
}
