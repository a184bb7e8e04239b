using ML.Robustness.Transforms.Reports;

namespace Microsoft.ML;

/// <summary>Adds reports of models to <c>MLContext.BinaryClassification</c>.</summary>
public static class BinaryReportsCatalog
{
    /// <inheritdoc cref="ReportsCatalog.SaveModelReport"/>
    public static IReadOnlyList<ModelReportEntry> SaveModelReport(
        this BinaryClassificationCatalog catalog,
        IReadOnlyDictionary<string, ITransformer> models,
        IDataView data,
        string path,
        ModelReportOptions? options = null) =>
        ModelReport.Save(catalog, models, data, path, options);
}
