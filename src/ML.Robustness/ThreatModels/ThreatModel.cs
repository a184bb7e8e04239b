using System.Globalization;
using ML.Robustness.Data;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>What an adversary may do to an input: stay inside a ball of radius <see cref="Epsilon"/> and inside the range of values.</summary>
/// <remarks>
/// Distances are measured in the input's own units; normalisation belongs into the network (<see cref="Models.InputNormalization"/>).
/// All members treat a batch row by row: (N, …) with any further dimensions. Threat models are immutable.
/// </remarks>
public abstract class ThreatModel
{
    private protected ThreatModel(double epsilon, ValueRange? range)
    {
        if (!(epsilon >= 0) || double.IsInfinity(epsilon))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon is the radius of the ball: a finite number of zero or more.");
        // default(ValueRange) is [0, 0]: it went round the constructor, so it is told apart here.
        if (range is { } given && !(given.Minimum < given.Maximum))
            throw new ArgumentOutOfRangeException(nameof(range), $"A range needs a minimum below its maximum, got {given}.");
        Epsilon = epsilon;
        Range = range ?? ValueRange.Unit;
    }

    /// <summary>Gets the radius of the ball, in the input's units.</summary>
    public double Epsilon { get; }

    /// <summary>Gets the values an input may hold.</summary>
    public ValueRange Range { get; }

    /// <summary>Gets the norm's name.</summary>
    /// <value>"LInf" or "L2".</value>
    public abstract string Name { get; }

    /// <summary>Creates the threat model of the largest change to any value.</summary>
    /// <param name="epsilon">The radius: a finite number of zero or more, for example 8 / 255.0.</param>
    /// <param name="range">The values an input may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    /// <returns>The L∞ ball cut with the range.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite, or the range is empty.</exception>
    public static ThreatModel LInf(double epsilon, ValueRange? range = null) => new LInfThreatModel(epsilon, range);

    /// <summary>Creates the threat model of the Euclidean distance.</summary>
    /// <param name="epsilon">The radius: a finite number of zero or more, for example 0.5.</param>
    /// <param name="range">The values an input may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    /// <returns>The L2 ball cut with the range.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite, or the range is empty.</exception>
    public static ThreatModel L2(double epsilon, ValueRange? range = null) => new L2ThreatModel(epsilon, range);

    /// <summary>Returns the same threat model with another radius.</summary>
    /// <param name="epsilon">The radius: a finite number of zero or more.</param>
    /// <returns>A new threat model.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite.</exception>
    public abstract ThreatModel WithEpsilon(double epsilon);

    /// <summary>Brings candidates back into the ball and the range.</summary>
    /// <param name="candidates">(N, …), anywhere.</param>
    /// <param name="origins">(N, …), the unperturbed inputs, inside the range.</param>
    /// <returns>Candidates inside both; the caller disposes.</returns>
    /// <remarks>
    /// First onto the ball, then onto the range: since the origin lies in the range, clamping moves every value towards it and never
    /// out of the ball. A radius of zero gives the origins exactly.
    /// </remarks>
    public abstract Tensor Project(Tensor candidates, Tensor origins);

    /// <summary>Gets the direction of steepest ascent, a step of length one in the threat model's norm.</summary>
    /// <param name="gradient">(N, …).</param>
    /// <returns>(N, …): the sign for L∞, the gradient over its norm for L2; zero where the gradient is zero. The caller disposes.</returns>
    public abstract Tensor Direction(Tensor gradient);

    /// <summary>Draws a random point of the ball for each row, and projects it.</summary>
    /// <param name="origins">(N, …), the unperturbed inputs.</param>
    /// <param name="random">The rows' random numbers.</param>
    /// <returns>(N, …), uniform in the ball, then clamped to the range; the caller disposes.</returns>
    public abstract Tensor RandomStart(Tensor origins, RowRandom random);

    /// <summary>Measures how far each row was moved.</summary>
    /// <param name="candidates">(N, …).</param>
    /// <param name="origins">(N, …).</param>
    /// <returns>(N); the caller disposes.</returns>
    public abstract Tensor Distance(Tensor candidates, Tensor origins);

    /// <summary>Returns the threat model as text, for example <c>LInf 0.1 in [0, 1]</c>.</summary>
    /// <returns>Norm, radius and range in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Epsilon} in {Range}");

    private protected Tensor ClampToRange(Tensor candidates) =>
        Range.IsUnbounded ? candidates : candidates.clamp_(Range.Minimum, Range.Maximum);
}
