using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds the steps of ML.Robustness to ML.NET's catalogs.</summary>
public static class AdversarialTrainingCatalog
{
    /// <summary>Trains a neural classifier that is robust to adversarial examples.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">The column of labels: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</param>
    /// <param name="featureColumnName">
    /// The column of features: a vector of known size within the attack's range, [0, 1] by default.
    /// </param>
    /// <param name="attack">The attack to train against; null for PGD of 7 steps within 8/255 of each value.</param>
    /// <param name="architecture">
    /// The network; null for a convolutional one where the column's dimensions are an image's, else a multilayer perceptron.
    /// </param>
    /// <param name="epochs">The number of passes over the training rows, 1 or more.</param>
    /// <param name="validationSet">
    /// Rows by which the best epoch is chosen, as this step gets them; null to keep the last epoch.
    /// </param>
    /// <returns>The trainer.</returns> <example><code> var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps =
    /// 7 }; var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    /// .Append(ml.MulticlassClassification.Trainers.AdversarialTraining("Label", "Image", attack))
    /// .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")); </code></example>
    public static AdversarialTrainer AdversarialTraining(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        Attack? attack = null,
        ModelArchitecture? architecture = null,
        int epochs = 10,
        IDataView? validationSet = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new AdversarialTrainer(Environments.Of(catalog), new AdversarialTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            Attack = attack,
            Architecture = architecture,
            Epochs = epochs,
            ValidationSet = validationSet,
        }, ClassifierKind.Multiclass);
    }

    /// <summary>Trains a neural classifier that is robust to adversarial examples, with all its settings.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentException">Settings contradict each other.</exception>
    public static AdversarialTrainer AdversarialTraining(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, AdversarialTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new AdversarialTrainer(Environments.Of(catalog), options, ClassifierKind.Multiclass);
    }

    /// <summary>Makes an adversarial example of each row, in a column beside the original.</summary>
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

    /// <summary>Makes an adversarial example of each row, in a column beside the original, with all its settings.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
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

    /// <summary>Adds adversarial copies of rows to the data, for the training of steps that come after.</summary>
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

    /// <summary>Adds adversarial copies of rows to the data, with all its settings.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
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
