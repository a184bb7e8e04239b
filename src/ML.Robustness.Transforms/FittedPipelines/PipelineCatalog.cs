using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.FittedPipelines;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of fitted pipelines to ML.NET's multiclass catalog.</summary>
public static class PipelineCatalog
{
    /// <summary>
    /// Makes a classifier of a fitted pipeline, which reads the pipeline's raw columns as one vector: with gradients where all of
    /// its steps have them.
    /// </summary>
    /// <remarks>
    /// For the steps that take a classifier, such as <c>SmoothGradExplain</c>, whose attributions are then of the raw columns.
    /// To measure a pipeline, give it to <c>EvaluateRobustness</c> itself. Gradients go through Concatenate, CopyColumns,
    /// SelectColumns, ConvertType, ReplaceMissingValues, IndicateMissingValues, the normalisers (straight-through at bins),
    /// ProjectToPrincipalComponents and ApproximatedKernelMap, and linear models, OneVersusAll and PairwiseCoupling of them,
    /// FieldAwareFactorizationMachine and classifiers of this library. Of other pipelines, such as trees, the classifier has
    /// scores alone: <c>Occlusion</c> works, methods with gradients throw. Predictions are the pipeline's; <c>Score</c> is the
    /// softmax of the logits.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">The fitted pipeline; it goes into the model file of a step that uses the classifier.</param>
    /// <param name="data">
    /// Rows as the pipeline takes them: the first thousand are scored both ways, and must be scored alike.
    /// </param>
    /// <param name="columnNames">
    /// All columns that its scores depend on, Single or vectors of it, in the order in which the classifier's column holds them.
    /// </param>
    /// <param name="featureColumnName">
    /// The classifier's column of features: give it rows with the raw columns put together by <c>Concatenate</c>.
    /// </param>
    /// <returns>The fitted classifier; its scores of any row are those of the pipeline, and the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier, its scores depend on columns that are not named, or on none of one that is.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is none of numbers.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or one has features that are not finite.</exception>
    public static NeuralClassifierTransformer FromPipeline(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, IReadOnlyList<string> columnNames,
        string featureColumnName = Defaults.FeatureColumnName) =>
        FittedPipeline.ToClassifier(catalog, model, data, columnNames, featureColumnName);
}
