using System.Globalization;

namespace ML.Robustness.Evaluation;

/// <summary>Where a share lies that was estimated from some rows.</summary>
/// <param name="Low">The lower end, 0 to 1.</param>
/// <param name="High">The upper end, 0 to 1.</param>
public readonly record struct ConfidenceInterval(double Low, double High)
{
    /// <summary>The 97.5 % point of the standard normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>Computes Wilson's 95 % interval of a share, which stays inside 0 to 1 and is right for few rows, too.</summary>
    /// <remarks>(p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n) (Wilson, 1927).</remarks>
    /// <param name="hits">How many rows have the property.</param>
    /// <param name="rows">How many rows were looked at: one or more.</param>
    /// <returns>The interval.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no rows, or the hits are not among them.</exception>
    public static ConfidenceInterval Wilson(long hits, long rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, rows);
        var (share, square) = ((double)hits / rows, Z * Z / rows);
        var half = Z * Math.Sqrt(share * (1 - share) / rows + square / 4 / rows);
        var (low, high) = ((share + square / 2 - half) / (1 + square), (share + square / 2 + half) / (1 + square));
        // At the ends the interval touches them exactly; rounding must not leave it beside them.
        return new ConfidenceInterval(hits == 0 ? 0 : low, hits == rows ? 1 : high);
    }

    /// <summary>Returns the interval as text, for example <c>[41.2 %, 49.9 %]</c>.</summary>
    /// <returns>Both ends in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{100 * Low:F1} %, {100 * High:F1} %]");
}
