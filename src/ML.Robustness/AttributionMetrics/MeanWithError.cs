using System.Globalization;

namespace ML.Robustness.AttributionMetrics;

/// <summary>The mean of a measure over rows with its standard error.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">The standard deviation over the rows (n − 1) divided by √n; zero for a single row.</param>
public readonly record struct MeanWithError(double Mean, double StandardError)
{
    /// <summary>The 97.5 % point of the standard normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>The lower end of the 95 % interval.</summary>
    public double Low => Mean - Z * StandardError;

    /// <summary>The upper end of the 95 % interval.</summary>
    public double High => Mean + Z * StandardError;

    /// <summary>Computes the mean of values.</summary>
    /// <param name="values">A value for each row: one or more.</param>
    /// <returns>Mean and standard error.</returns>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static MeanWithError Of(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
            throw new ArgumentException("A mean needs one row or more.", nameof(values));
        var mean = values.Average();
        var error = values.Count == 1 ? 0
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1.0) / values.Count);
        return new MeanWithError(mean, error);
    }

    /// <summary>Returns the mean as text, for example <c>0.412 ± 0.013</c>.</summary>
    /// <returns>The mean and half the 95 % interval's width, in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:G4} ± {Z * StandardError:G2}");
}
