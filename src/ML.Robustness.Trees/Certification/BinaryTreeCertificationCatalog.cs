using ML.Robustness.Transforms.Schema;
using ML.Robustness.Trees.Certification;

namespace Microsoft.ML;

/// <summary>Adds certificates and attacks of tree ensembles to <c>MLContext.BinaryClassification</c>.</summary>
public static class BinaryTreeCertificationCatalog
{
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="model">A classifier of FastTree, FastForest, LightGbm or Gam, alone or in a chain, fitted or loaded.</param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="epsilon">The radius under L∞, in the units of the data's columns.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <inheritdoc cref="TreeCertificationCatalog.CertifyTrees(MulticlassClassificationCatalog, ITransformer, IDataView, double,
    /// string)"/>
    public static TreeRobustnessMetrics CertifyTrees(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, double epsilon,
        string labelColumnName = Defaults.LabelColumnName) =>
        TreeCertification.Run(catalog, model, data, new() { Epsilons = [epsilon], LabelColumnName = labelColumnName });

    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="model">A classifier of FastTree, FastForest, LightGbm or Gam, alone or in a chain, fitted or loaded.</param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="options">The settings.</param>
    /// <inheritdoc cref="TreeCertificationCatalog.CertifyTrees(MulticlassClassificationCatalog, ITransformer, IDataView,
    /// TreeCertificationOptions)"/>
    public static TreeRobustnessMetrics CertifyTrees(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, TreeCertificationOptions options) =>
        TreeCertification.Run(catalog, model, data, options);
}
