using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.FittedPipelines;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of fitted pipelines to ML.NET's binary catalog.</summary>
public static class BinaryPipelineCatalog
{
    /// <summary>Makes a binary classifier of a fitted pipeline, as the method of the multiclass catalog does.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification</c>.</param>
    /// <param name="model">The fitted pipeline; it goes into the model file of a step that uses the classifier.</param>
    /// <param name="data">Rows as the pipeline takes them: the first thousand must be scored alike both ways.</param>
    /// <param name="columnNames">All columns that its scores depend on, Single or vectors of it.</param>
    /// <param name="featureColumnName">The classifier's column of features.</param>
    /// <returns>The fitted classifier, with the columns of ML.NET's binary trainers; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier of two classes, its scores depend on columns that are not named, or on none of one that is.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is none of numbers.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or one has features that are not finite.</exception>
    public static NeuralClassifierTransformer FromPipeline(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, IReadOnlyList<string> columnNames,
        string featureColumnName = Defaults.FeatureColumnName) =>
        FittedPipeline.ToClassifier(catalog, model, data, columnNames, featureColumnName);
}
