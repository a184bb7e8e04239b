using ML.Robustness.Attacks;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds <c>PgdAugment</c> and <c>PgdAugmentRows</c> to ML.NET's transforms catalog.</summary>
public static class PgdAugmentCatalog
{
    /// <summary>Creates an adversarial example of each row, in a column beside the original.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="classifier">The fitted classifier to attack: trained by <c>AdversarialTraining</c>, alone or the last of a
    /// chain. It stays the caller's.</param>
    /// <param name="outputColumnName">The column of examples, of the input column's type.</param>
    /// <param name="inputColumnName">The column of features; null for the one that the classifier was trained on.</param>
    /// <param name="labelColumnName">The column of labels, numbered as the classifier's: a key, or class numbers 0, 1, 2 … as
    /// <see cref="float"/>.</param>
    /// <param name="attack">The attack, its threat model in the range of the features; null for PGD of 10 steps within 8/255 of
    /// each value.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">
    /// The classifier has no gradients, or the attack works in another range than its features.
    /// </exception>
    public static PgdAugmentEstimator PgdAugment(
        this TransformsCatalog catalog,
        ITransformer classifier,
        string outputColumnName = "Adversarial",
        string? inputColumnName = null,
        string labelColumnName = Defaults.LabelColumnName,
        ProjectedGradientDescent? attack = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classifier);
        return new PgdAugmentEstimator(Environments.Of(catalog), new PgdAugmentEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            LabelColumnName = labelColumnName,
            Classifier = classifier,
            Attack = attack,
        });
    }

    /// <summary>Creates an adversarial example of each row, in a column beside the original, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The options, of which a copy is taken.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">
    /// There is no classifier or it has no gradients, the attack works in another range than its features, or two outputs have
    /// one name.
    /// </exception>
    public static PgdAugmentEstimator PgdAugment(this TransformsCatalog catalog, PgdAugmentEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new PgdAugmentEstimator(Environments.Of(catalog), options);
    }

    /// <summary>Adds adversarial copies of rows to the data, for the training of later steps.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="classifier">The fitted classifier to attack: trained by <c>AdversarialTraining</c>, alone or the last of a
    /// chain. It stays the caller's.</param>
    /// <param name="featureColumnName">The column of features, where copies have their adversarial example; null for the one that
    /// the classifier was trained on.</param>
    /// <param name="labelColumnName">The column of labels, numbered as the classifier's: a key, or class numbers 0, 1, 2 … as
    /// <see cref="float"/>.</param>
    /// <param name="attack">The attack, its threat model in the range of the features; null for PGD of 10 steps within 8/255 of
    /// each value.</param>
    /// <param name="fraction">The share of rows that get a copy, above 0, to 1.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">
    /// The classifier has no gradients, or the attack works in another range than its features.
    /// </exception>
    public static PgdAugmentRowsEstimator PgdAugmentRows(
        this TransformsCatalog catalog,
        ITransformer classifier,
        string? featureColumnName = null,
        string labelColumnName = Defaults.LabelColumnName,
        ProjectedGradientDescent? attack = null,
        double fraction = 1)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classifier);
        return new PgdAugmentRowsEstimator(Environments.Of(catalog), new PgdAugmentRowsEstimator.Options
        {
            FeatureColumnName = featureColumnName,
            LabelColumnName = labelColumnName,
            Classifier = classifier,
            Attack = attack,
            Fraction = fraction,
        });
    }

    /// <summary>Adds adversarial copies of rows to the data, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The options, of which a copy is taken.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">
    /// There is no classifier or it has no gradients, or the attack works in another range than its features.
    /// </exception>
    public static PgdAugmentRowsEstimator PgdAugmentRows(this TransformsCatalog catalog, PgdAugmentRowsEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new PgdAugmentRowsEstimator(Environments.Of(catalog), options);
    }
}
