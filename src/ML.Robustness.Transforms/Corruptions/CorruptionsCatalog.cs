using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Internals;

namespace Microsoft.ML;

/// <summary>Corruptions of images in ML.NET's catalogs: as a step, and as a test of classifiers.</summary>
public static class CorruptionsCatalog
{
    /// <summary>Corrupts images.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column of corrupted images, of the input column's type.</param>
    /// <param name="corruption">The corruption.</param>
    /// <param name="severity">1, the mildest, to 5.</param>
    /// <param name="inputColumnName">
    /// The column of images, values in [0, 1] or bytes, channel by channel; null for <paramref name="outputColumnName"/>.
    /// </param>
    /// <param name="inputShape">The shape of an image; null for the column's own dimensions.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The severity is none of the five.</exception>
    public static CorruptEstimator Corrupt(
        this TransformsCatalog catalog,
        string outputColumnName,
        Corruption corruption,
        int severity = 3,
        string? inputColumnName = null,
        InputShape? inputShape = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(corruption);
        return new CorruptEstimator(Environments.Of(catalog), new CorruptEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Corruption = corruption,
            Severity = severity,
            InputShape = inputShape,
        });
    }

    /// <summary>Corrupts images, with all its settings.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">There is no corruption, or the range has no ends.</exception>
    public static CorruptEstimator Corrupt(this TransformsCatalog catalog, CorruptEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new CorruptEstimator(Environments.Of(catalog), options);
    }

    /// <summary>Measures how many corrupted images each classifier gets right.</summary>
    /// <remarks>All models see the same corrupted images, which are not rounded to bytes.</remarks>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="models">
    /// Classifiers by name: trained by <c>AdversarialTraining</c>, or any other with the column <c>Score</c>, alone or in chains.
    /// </param>
    /// <param name="data">Rows of images as all the models take them, with labels.</param>
    /// <param name="options">The settings; null for all corruptions and severities.</param>
    /// <returns>The accuracy of every model under each corruption.</returns>
    /// <exception cref="ArgumentException">
    /// There are no models, one is no classifier, they differ in their classes, the rows are no images, or one lies outside the
    /// range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type than is needed, or a setting lies outside its bounds.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, or a row has no label or values that are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static CorruptionReport EvaluateCorruptions(
        this MulticlassClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        CorruptionOptions? options = null) =>
        CorruptionEvaluation.Run(catalog, models, data, options);
}
