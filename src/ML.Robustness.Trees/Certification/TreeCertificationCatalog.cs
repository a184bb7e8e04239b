using ML.Robustness.Transforms.Schema;
using ML.Robustness.Trees.Certification;

namespace Microsoft.ML;

/// <summary>Adds certificates and attacks of tree ensembles to <c>MLContext.MulticlassClassification</c>.</summary>
public static class TreeCertificationCatalog
{
    /// <summary>Measures how far rows are from another class of a model of trees: certified, and attacked.</summary>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="model">
    /// A classifier of LightGbm, or OneVersusAll of FastTree, FastForest, LightGbm or Gam, alone or in a chain, fitted or loaded.
    /// </param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="epsilon">The radius under L∞, in the units of the data's columns.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <returns>The metrics.</returns>
    /// <inheritdoc cref="CertifyTrees(MulticlassClassificationCatalog, ITransformer, IDataView, TreeCertificationOptions)"/>
    public static TreeRobustnessMetrics CertifyTrees(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, double epsilon,
        string labelColumnName = Defaults.LabelColumnName) =>
        TreeCertification.Run(catalog, model, data, new() { Epsilons = [epsilon], LabelColumnName = labelColumnName });

    /// <summary>Measures how far rows are from another class of a model of trees: certified, attacked, and exactly.</summary>
    /// <remarks>
    /// Thresholds are moved to the columns of the data, through <c>Concatenate</c>, <c>CopyColumns</c>,
    /// <c>ReplaceMissingValues</c> and normalisers of the form (x − offset) · scale. A row's result does not depend on the
    /// others.
    /// </remarks>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="model">
    /// A classifier of LightGbm, or OneVersusAll of FastTree, FastForest, LightGbm or Gam, alone or in a chain, fitted or loaded.
    /// </param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="ArgumentException">
    /// The model has no trees, splits by category, or has a step that cannot be followed; a unit or range is of no feature; or a
    /// row lies outside its range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than is needed.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, or a row has no label or features that are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static TreeRobustnessMetrics CertifyTrees(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, TreeCertificationOptions options) =>
        TreeCertification.Run(catalog, model, data, options);
}
