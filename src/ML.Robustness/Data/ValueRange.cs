using System.Globalization;

namespace ML.Robustness.Data;

/// <summary>The range of an input's values: [0, 1] for pixels, or no bounds.</summary>
public readonly record struct ValueRange
{
    /// <summary>Creates a range.</summary>
    /// <param name="minimum">The least value; negative infinity for none.</param>
    /// <param name="maximum">The greatest value; positive infinity for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The minimum is not below the maximum, one of them is not a number, or a <see cref="float"/> does not hold it.
    /// </exception>
    public ValueRange(double minimum, double maximum)
    {
        if (!(minimum < maximum))
            throw new ArgumentOutOfRangeException(nameof(minimum),
                string.Create(CultureInfo.InvariantCulture,
                    $"A range needs a minimum below its maximum, got [{minimum}, {maximum}]."));
        // libtorch refuses a bound that the rows' type does not hold.
        if (!IsHeld(minimum) || !IsHeld(maximum))
            throw new ArgumentOutOfRangeException(nameof(maximum),
                string.Create(CultureInfo.InvariantCulture,
                    $"A range needs bounds that a Single holds, ±{float.MaxValue}, or infinite ones, "
                    + $"got [{minimum}, {maximum}]."));
        Minimum = minimum;
        Maximum = maximum;
    }

    /// <summary>The range of pixels, [0, 1].</summary>
    public static ValueRange Unit { get; } = new(0, 1);

    /// <summary>The range without bounds, for tabular data that is not scaled.</summary>
    public static ValueRange Unbounded { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>The least value.</summary>
    public double Minimum { get; }

    /// <summary>The greatest value.</summary>
    public double Maximum { get; }

    /// <summary>Whether the range has no bounds.</summary>
    public bool IsUnbounded => double.IsNegativeInfinity(Minimum) && double.IsPositiveInfinity(Maximum);

    private static bool IsHeld(double bound) => double.IsInfinity(bound) || Math.Abs(bound) <= float.MaxValue;

    /// <summary>Returns the range as text, for example <c>[0, 1]</c>.</summary>
    /// <returns>Both ends in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Minimum}, {Maximum}]");
}
