using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds <c>RobustFeatureDataset</c> to ML.NET's transforms catalog.</summary>
public static class RobustFeatureDatasetCatalog
{
    /// <summary>
    /// Creates a data set of a classifier's robust or non-robust features, or a control of that experiment, row by row.
    /// </summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="classifier">
    /// The fitted classifier to work with: trained by <c>AdversarialTraining</c>, alone or the last of a chain. It stays the
    /// caller's.
    /// </param>
    /// <param name="kind">What to make.</param>
    /// <param name="threatModel">How far a row may be moved; null for the kinds without a ball, which work in [0, 1].</param>
    /// <param name="outputColumnName">
    /// The column of new features, of the input column's type; null for the input column's name, which it hides.
    /// </param>
    /// <param name="inputColumnName">The column of features; null for the one that the classifier was trained on.</param>
    /// <param name="labelColumnName">
    /// The column of labels, numbered as the classifier's: a key, or class numbers 0, 1, 2 … as <see cref="float"/>. The new
    /// label hides it.
    /// </param>
    /// <returns>The estimator; its <c>Fit</c> reads the rows once where kinds start from another row, else none.</returns>
    /// <exception cref="ArgumentException">
    /// The classifier does not suit the kind, or the kind needs a threat model and has none, or takes none and has one.
    /// </exception>
    public static RobustFeatureDatasetEstimator RobustFeatureDataset(
        this TransformsCatalog catalog,
        ITransformer classifier,
        FeatureDatasetKind kind,
        ThreatModel? threatModel = null,
        string? outputColumnName = null,
        string? inputColumnName = null,
        string labelColumnName = Defaults.LabelColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classifier);
        return new RobustFeatureDatasetEstimator(Environments.Of(catalog), new RobustFeatureDatasetEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            LabelColumnName = labelColumnName,
            Classifier = classifier,
            Kind = kind,
            ThreatModel = threatModel,
        });
    }

    /// <summary>Creates a data set of a classifier's robust or non-robust features, or a control, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
    /// <returns>The estimator; its <c>Fit</c> reads the rows once where kinds start from another row, else none.</returns>
    /// <exception cref="ArgumentException">
    /// There is no classifier, a classifier does not suit the kind or the others, settings contradict each other, or two outputs
    /// have one name.
    /// </exception>
    public static RobustFeatureDatasetEstimator RobustFeatureDataset(
        this TransformsCatalog catalog, RobustFeatureDatasetEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new RobustFeatureDatasetEstimator(Environments.Of(catalog), options);
    }
}
