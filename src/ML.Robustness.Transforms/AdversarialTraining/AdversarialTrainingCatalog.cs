using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds <c>AdversarialTraining</c> to ML.NET's multiclass trainers.</summary>
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
    /// <param name="epochs">The number of epochs, 1 or more.</param>
    /// <param name="validationSet">
    /// Rows by which the best epoch is chosen, as this step gets them; null to keep the last epoch.
    /// </param>
    /// <returns>The trainer.</returns>
    /// <example><code>
    /// var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7 };
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(ml.MulticlassClassification.Trainers.AdversarialTraining("Label", "Image", attack))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code></example>
    public static AdversarialTrainer AdversarialTraining(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = Defaults.LabelColumnName,
        string featureColumnName = Defaults.FeatureColumnName,
        Attack? attack = null,
        ModelArchitecture? architecture = null,
        int epochs = 10,
        IDataView? validationSet = null) =>
        catalog.AdversarialTraining(AdversarialTrainer.Options.Of(
            labelColumnName, featureColumnName, attack, architecture, epochs, validationSet));

    /// <summary>Trains a neural classifier that is robust to adversarial examples, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">The options, of which a copy is taken.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentException">Options contradict each other.</exception>
    public static AdversarialTrainer AdversarialTraining(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, AdversarialTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new AdversarialTrainer(Environments.Of(catalog), options, ClassifierKind.Multiclass);
    }
}
