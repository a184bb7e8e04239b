using ML.Robustness.Transforms.Reports;

namespace Microsoft.ML;

/// <summary>Adds reports of models to <c>MLContext.MulticlassClassification</c>.</summary>
public static class ReportsCatalog
{
    /// <summary>
    /// Measures classifiers of images on the same rows, and writes accuracies, attributions and visualizations as one HTML file.
    /// </summary>
    /// <remarks>
    /// Accuracies with a curve over the radius, attributions of a few rows, an image of each class, and the quality of the
    /// attributions. The page fetches nothing; see <see cref="HtmlReport"/>.
    /// </remarks>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="models">
    /// Classifiers by name, in the order of the page: trained by <c>AdversarialTraining</c> on images of 1 or 3 channels, alone
    /// or in a chain.
    /// </param>
    /// <param name="data">Rows as all the models take them, with labels.</param>
    /// <param name="path">The HTML file, in a folder that exists.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <returns>The results of each model, in the order given.</returns>
    /// <exception cref="ArgumentException">
    /// There are no models, one has no gradients or no images, they differ in their classes, or a row lies outside the threat
    /// model's range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than is needed.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, or a row has no label or features that are not finite.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing was written.</exception>
    public static IReadOnlyList<ModelReportEntry> SaveModelReport(
        this MulticlassClassificationCatalog catalog,
        IReadOnlyDictionary<string, ITransformer> models,
        IDataView data,
        string path,
        ModelReportOptions? options = null) =>
        ModelReport.Save(catalog, models, data, path, options);
}
