using ML.Robustness.Attacks;
using ML.Robustness.Training;
using ML.Robustness.Transforms;

namespace Microsoft.ML;

/// <summary>Adds to <c>MLContext.MulticlassClassification</c>.</summary>
public static class EvaluationCatalogExtensions
{
    /// <summary>Measures how many rows a classifier gets right as they are, and under attack.</summary>
    /// <remarks>The attack sees the features as they reach the classifier: after the steps before it in the chain. A row's result does not depend on the others.</remarks>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">A classifier trained by <c>AdversarialTraining</c>, alone or in a chain; fitted or loaded.</param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="attack">The attack, its threat model in the range of the features.</param>
    /// <param name="labelColumnName">The column of labels as it reaches the classifier: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</param>
    /// <param name="progress">Hears the share of rows done, 0 to 1, on the calling thread.</param>
    /// <param name="cancellation">Ends the evaluation early, between two passes through the network.</param>
    /// <returns>The accuracies.</returns>
    /// <exception cref="ArgumentException">The model has no such classifier, or a row lies outside the attack's range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than the classifier was trained on.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or a row has no label or features that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustnessMetrics EvaluateRobustness(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, Attack attack, string labelColumnName = "Label",
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(attack);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        var (classifier, rows) = AttackedClassifier.Find(model, data);
        classifier.Features.Find(rows.Schema);
        LabelColumn.Check(ColumnShapes.Of(rows.Schema), labelColumnName);
        var reader = new RowReader(classifier.Features, LabelColumn.Resolve(rows.Schema, labelColumnName), null, cancellation);
        using var set = reader.ReadValidation(rows, classifier.Classes);
        var count = set.RowCount!.Value;
        var batches = Validation.Batches(count);
        var seed = (ulong)(uint)(Environments.SeedOf(Environments.Of(catalog)) ?? 0);
        var (clean, robust) = Validation.Measure(
            classifier.Network, set, attack, seed, classifier.Device, done => progress?.Report((double)done / batches), cancellation);
        return new RobustnessMetrics(clean, robust!.Value, count, attack.ToString());
    }
}
