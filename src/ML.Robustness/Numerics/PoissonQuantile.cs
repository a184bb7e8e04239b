using ML.Robustness.Corruptions;

namespace ML.Robustness.Numerics;

/// <summary>The quantiles of the Poisson distribution, for means up to those of <see cref="ShotNoise"/>.</summary>
internal static class PoissonQuantile
{
    /// <summary>The mean beyond which the first probability, e⁻ᵐ, would not be a normal number.</summary>
    private const double GreatestMean = 700;

    private static readonly double[] Reciprocals = [.. Enumerable.Range(0, 1400).Select(count => count == 0 ? 0 : 1.0 / count)];

    /// <summary>The least count whose probability, with all below it, exceeds a number.</summary>
    /// <param name="mean">0 to 700.</param>
    /// <param name="share">0 to below 1.</param>
    internal static int Of(double mean, double share)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mean, GreatestMean);
        var probability = Math.Exp(-mean);
        var sum = probability;
        var count = 0;
        while (share >= sum)
        {
            probability *= mean * Reciprocals[++count];
            // The sum may stop short of one by rounding: beyond the mean, once it stands still, it will not grow any more.
            if (sum + probability == sum && count > mean)
                break;
            sum += probability;
        }
        return count;
    }
}
