using System.Globalization;
using System.Text;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureAnalysis;

/// <summary>
/// The usefulness and robust usefulness of linear features of a data set: along its singular vectors and along any direction.
/// </summary>
/// <remarks>
/// Goh, <see href="https://distill.pub/2019/advex-bugs-discussion/response-3"/>: with labels y = ±1, the covariance Σ and ‖a‖_Σ =
/// √(aᵀΣa), a linear feature's usefulness is E[y·aᵀ(x − E[x])]/‖a‖_Σ and an adversary lowers it by exactly ε‖a‖_*/‖a‖_Σ, with the
/// dual of the threat model's norm and its budgets. So features along small singular values may be useful but are not robust. The
/// threat model's range plays no part: the formula is of the whole ball.
/// </remarks>
public sealed class LinearFeatures
{
    /// <summary>The share of the greatest eigenvalue below which eigenvalues are rounding errors.</summary>
    private const double LeastShare = 1e-10;

    private readonly double[] _covariance, _correlation;
    private readonly double[][] _directions;

    private LinearFeatures(double[] covariance, double[] correlation, (double Variance, double[] Direction)[] principal,
        ThreatModel threatModel, long rows)
    {
        (_covariance, _correlation, ThreatModel, Rows) = (covariance, correlation, threatModel, rows);
        _directions = Array.ConvertAll(principal, feature => feature.Direction);
        Principal = [.. principal.Select(feature => Along(feature.Direction, feature.Variance))];
    }

    /// <summary>The threat model of robust usefulness.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The number of rows of the compared classes.</summary>
    public long Rows { get; }

    /// <summary>
    /// The features along the singular vectors, by falling singular value; vectors without variance are left out.
    /// </summary>
    public IReadOnlyList<LinearFeature> Principal { get; }

    /// <summary>Analyses the linear features of a data set.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="threatModel">What the adversary may do: L∞, L2 or L1.</param>
    /// <param name="positiveClass">The class of y = 1.</param>
    /// <param name="negativeClass">The class of y = −1; null for all others.</param>
    /// <param name="cancellation">Checked at every batch.</param>
    /// <returns>The analysis.</returns>
    /// <exception cref="ArgumentException">
    /// There are no rows of one of the two sides, a row is not finite, or the threat model's norm has no dual here.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A class is none of the data's, or both are the same.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static LinearFeatures Analyze(
        LabeledDataset data,
        ThreatModel threatModel,
        int positiveClass,
        int? negativeClass = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(threatModel);
        CheckClass(positiveClass, data.Classes, nameof(positiveClass));
        CheckClass(negativeClass ?? positiveClass, data.Classes, nameof(negativeClass));
        if (negativeClass == positiveClass)
            throw new ArgumentOutOfRangeException(nameof(negativeClass), negativeClass,
                "Both classes are the same: there is nothing to tell apart.");
        if (threatModel.Name is not ("LInf" or "L2" or "L1"))
            throw new ArgumentException(
                "The worst case of a linear feature is known for LInf, L2 and L1, not for " +
                $"{threatModel.Name}.", nameof(threatModel));
        DatasetInspection.Of(data, "analysed", ValueRange.Unbounded, false, cancellation);

        using var scope = NewDisposeScope();
        var moments = ClassMoments.Of(data, positiveClass, negativeClass, cancellation);
        var (values, vectors) = linalg.eigh(moments.Covariance);
        var (variances, columns) = (values.data<double>().ToArray(), vectors.t().contiguous());
        var length = variances.Length;
        var least = LeastShare * Math.Max(0, variances[^1]);
        // Eigenvalues come in ascending order.
        var principal = Enumerable.Range(1, length).Where(place => variances[^place] > least)
            .Select(place => (variances[^place], columns.select(0, length - place).data<double>().ToArray())).ToArray();
        return new LinearFeatures(moments.Covariance.data<double>().ToArray(), moments.Correlation.data<double>().ToArray(),
            principal, threatModel, moments.Rows);
    }

    /// <summary>Returns a singular vector.</summary>
    /// <param name="index">Its place in <see cref="Principal"/>.</param>
    /// <returns>As many values as a row has, of length one, with the sign that makes the feature useful.</returns>
    public double[] Direction(int index)
    {
        var sign = Dot(_directions[index], _correlation) < 0 ? -1 : 1;
        return Array.ConvertAll(_directions[index], value => sign * value);
    }

    /// <summary>Measures the linear feature along any direction.</summary>
    /// <param name="direction">a, as many values as a row has, of any length but zero.</param>
    /// <returns>The feature.</returns>
    /// <exception cref="ArgumentException">
    /// The direction has other than a row's number of values, or nothing varies along it.
    /// </exception>
    public LinearFeature Measure(ReadOnlySpan<double> direction)
    {
        if (direction.Length != _correlation.Length)
            throw new ArgumentException(
                $"The direction has {direction.Length} values but the rows have {_correlation.Length}.", nameof(direction));
        var variance = Variance(direction);
        if (!(variance > 0) || double.IsInfinity(variance))
            throw new ArgumentException(
                "Nothing varies along the direction: its feature cannot be scaled to a variance of one.", nameof(direction));
        return Along(direction, variance);
    }

    /// <summary>Returns the first features as a table.</summary>
    /// <returns>One line a feature, ten at most, and how many there are, in the invariant culture.</returns>
    public override string ToString()
    {
        var rule = "       ||" + new string('=', 39);
        var table = new StringBuilder().AppendLine(rule).AppendLine("VECTOR || Deviation | Usefulness | In worst case")
            .AppendLine(rule);
        for (var i = 0; i < Math.Min(10, Principal.Count); i++)
            table.AppendLine(string.Create(CultureInfo.InvariantCulture,
                $"{i + 1,6} || {Principal[i].Deviation,9:F4} | {Principal[i].Usefulness,10:F4} | " +
                $"{Principal[i].RobustUsefulness,13:F4}"));
        return table.AppendLine(string.Create(CultureInfo.InvariantCulture,
            $"{Principal.Count} features of {Rows} rows, {Principal.Count(feature => feature.IsRobust)} of them robust under " +
                $"{ThreatModel}")).ToString();
    }

    private LinearFeature Along(ReadOnlySpan<double> direction, double variance)
    {
        var norm = Math.Sqrt(Dot(direction, direction));
        var deviation = Math.Sqrt(variance) / norm;
        var loss = LargestGain(direction) / norm;
        var usefulness = Math.Abs(Dot(direction, _correlation)) / norm / deviation;
        return new LinearFeature(deviation, usefulness, usefulness - loss / deviation);
    }

    /// <summary>How far the direction's product can be raised inside the ball, whatever the range.</summary>
    private double LargestGain(ReadOnlySpan<double> direction)
    {
        using var scope = NewDisposeScope();
        var slopes = tensor(direction.ToArray(), device: CPU).unsqueeze(0);
        return ThreatModel.LargestGain(slopes, full_like(slopes, Kept(double.PositiveInfinity))).item<double>();
    }

    private double Variance(ReadOnlySpan<double> direction)
    {
        var sum = 0.0;
        for (var row = 0; row < direction.Length; row++)
            sum += direction[row] * Dot(direction, _covariance.AsSpan(row * direction.Length, direction.Length));
        return sum;
    }

    private static double Dot(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }

    private static void CheckClass(int number, int classes, string name)
    {
        if (number < 0 || number >= classes)
            throw new ArgumentOutOfRangeException(name, number, $"Classes go from 0 to {classes - 1}.");
    }
}
