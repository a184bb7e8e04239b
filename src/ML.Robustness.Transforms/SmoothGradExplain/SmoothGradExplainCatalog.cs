using ML.Robustness.Attribution;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.SmoothGradExplain;

namespace Microsoft.ML;

/// <summary>Adds <c>SmoothGradExplain</c> to ML.NET's transforms catalog.</summary>
public static class SmoothGradExplainCatalog
{
    /// <summary>Attributes the predicted class's score to the features of each row by SmoothGrad.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="classifier">
    /// The fitted classifier to explain: trained by <c>AdversarialTraining</c>, alone or the last of a chain. It stays the
    /// caller's.
    /// </param>
    /// <param name="outputColumnName">
    /// The column of attributions: a vector of <see cref="float"/> with one value for each of the input's.
    /// </param>
    /// <param name="inputColumnName">The column of features; null for the one that the classifier was trained on.</param>
    /// <param name="samples">How many noisy copies of each row are explained: 1 or more.</param>
    /// <param name="noise">The noise's standard deviation, as a share of the span of [0, 1]: 0 or more.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">The classifier has no gradients.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="samples"/> is below one, or <paramref name="noise"/> is negative or not finite.
    /// </exception>
    /// <example><code>
    /// var explained = ml.Transforms.SmoothGradExplain(classifier).Fit(data).Transform(data);
    /// </code></example>
    public static SmoothGradExplainEstimator SmoothGradExplain(
        this TransformsCatalog catalog,
        ITransformer classifier,
        string outputColumnName = "Explanation",
        string? inputColumnName = null,
        int samples = SmoothingDefaults.Samples,
        double noise = SmoothingDefaults.Noise)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classifier);
        return new SmoothGradExplainEstimator(Environments.Of(catalog), new SmoothGradExplainEstimator.Options
        {
            Classifier = classifier,
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Samples = samples,
            Noise = noise,
        });
    }

    /// <summary>Attributes a classifier's score to the features of each row, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">
    /// There is no classifier or it has no gradients, the method cannot explain it, the range has no ends, or target and classes
    /// do not go together.
    /// </exception>
    public static SmoothGradExplainEstimator SmoothGradExplain(
        this TransformsCatalog catalog, SmoothGradExplainEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new SmoothGradExplainEstimator(Environments.Of(catalog), options);
    }
}
