using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds adversarial training to <c>MLContext.BinaryClassification.Trainers</c>.</summary>
public static class BinaryAdversarialTrainingCatalog
{
    /// <summary>Trains a neural classifier of two classes that is robust to adversarial examples.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">The column of labels: Boolean, a key of two values, or 0 and 1 as
    /// <see cref="float"/>.</param>
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
    /// <returns>The trainer, whose classifier gives the columns of ML.NET's binary trainers.</returns>
    public static AdversarialTrainer AdversarialTraining(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = Defaults.LabelColumnName,
        string featureColumnName = Defaults.FeatureColumnName,
        Attack? attack = null,
        ModelArchitecture? architecture = null,
        int epochs = 10,
        IDataView? validationSet = null) =>
        catalog.AdversarialTraining(AdversarialTrainer.Options.Of(
            labelColumnName, featureColumnName, attack, architecture, epochs, validationSet));

    /// <summary>Trains a neural classifier of two classes that is robust to adversarial examples, with all its
    /// settings.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification.Trainers</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentException">Settings contradict each other.</exception>
    public static AdversarialTrainer AdversarialTraining(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, AdversarialTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new AdversarialTrainer(Environments.Of(catalog), options, ClassifierKind.Binary);
    }
}
