using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.FeatureVisualization;
using ML.Robustness.Transforms.Internals;

namespace Microsoft.ML;

/// <summary>Adds the measurement of attribution quality to <c>MLContext.MulticlassClassification</c>.</summary>
public static class AttributionMetricsCatalog
{
    /// <summary>Measures the attribution quality of classifiers, side by side.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="models">
    /// Classifiers trained by <c>AdversarialTraining</c> by name, each alone or in a chain; for example standard and robust.
    /// </param>
    /// <param name="data">Rows as all the models take them.</param>
    /// <param name="method">The attribution method that is measured; null for SmoothGrad of 50 samples.</param>
    /// <param name="rows">How many of the first rows are measured: one or more.</param>
    /// <returns>The comparison, whose text is a table.</returns>
    /// <exception cref="ArgumentException">
    /// There are no models, one is no classifier with gradients, or the method cannot explain one.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="rows"/> is below one, or a column is missing or of another type.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has features that are not finite, or a measure is not finite.
    /// </exception>
    public static AttributionComparison EvaluateAttributions(
        this MulticlassClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        AttributionMethod? method = null, int rows = 256)
    {
        var options = new AttributionQualityOptions { Rows = rows };
        if (method is not null)
            options.Quality = new AttributionQuality(method);
        return catalog.EvaluateAttributions(models, data, options);
    }

    /// <summary>Measures the attribution quality of classifiers, side by side, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="models">
    /// Classifiers trained by <c>AdversarialTraining</c> by name, each alone or in a chain; for example standard and robust.
    /// </param>
    /// <param name="data">Rows as all the models take them.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The comparison, whose text is a table.</returns>
    /// <remarks>
    /// Each classifier is explained at its own features, after the steps before it. Its weights are never touched: the sanity
    /// check works on a copy.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// There are no models, one is no classifier with gradients, or the method cannot explain one.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A setting lies outside its bounds, or a column is missing or of another type.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has no label or features that are not finite, or a measure is not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static AttributionComparison EvaluateAttributions(
        this MulticlassClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        AttributionQualityOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (models.Count == 0)
            throw new ArgumentException("There are no models to explain: name one or more.", nameof(models));
        var seed = options.Seed ?? Environments.SeedFor(catalog);
        var reports = new List<(string Name, AttributionQualityReport Report)>();
        // The models are looked at before the first is measured, so that the last one's error comes at once.
        foreach (var model in models.Values)
            VisualizedClassifier.Of(model, nameof(EvaluateAttributions)).Dispose();
        foreach (var (name, entry) in models)
        {
            using var model = VisualizedClassifier.Of(entry, nameof(EvaluateAttributions));
            using var rows = model.Read(
                data, options.Quality.ExplainsLabels ? options.LabelColumnName : null, options.Rows, options.CancellationToken,
                options.FirstRow);
            var progress = options.Progress is null ? null : new SubProgress(options.Progress, reports.Count, models.Count);
            var classifier = model.Classifier;
            reports.Add((name, options.Quality.Measure(
                classifier.Network, rows, seed, () =>
                    classifier.Architecture.Create(classifier.InputShape, classifier.Classes, seed: 0), progress,
                    options.CancellationToken)));
        }
        return new AttributionComparison(reports);
    }
}
