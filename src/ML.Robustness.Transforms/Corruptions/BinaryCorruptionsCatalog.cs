using ML.Robustness.Evaluation;
using ML.Robustness.Transforms.Corruptions;

namespace Microsoft.ML;

/// <summary>Adds a test under corruptions to <c>MLContext.BinaryClassification</c>.</summary>
public static class BinaryCorruptionsCatalog
{
    /// <inheritdoc cref="CorruptionsCatalog.EvaluateCorruptions"/>
    public static CorruptionReport EvaluateCorruptions(
        this BinaryClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        CorruptionOptions? options = null) =>
        CorruptionEvaluation.Run(catalog, models, data, options);
}
