using ML.Robustness.Transforms.Schema;
using ML.Robustness.Trees.Augmentation;

namespace Microsoft.ML;

/// <summary>Adds <c>TreeAugmentRows</c> to ML.NET's transforms catalog.</summary>
public static class TreeAugmentCatalog
{
    /// <summary>Adds adversarial rows against a model of trees to the data, for the training of another model.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="model">
    /// The fitted model to attack: FastTree, FastForest, LightGbm or Gam, or <c>OneVersusAll</c> of them, alone or in a chain.
    /// </param>
    /// <param name="epsilon">The radius of the attack under L∞, in the units of the data's columns, above 0.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is not above 0, or not finite.</exception>
    public static TreeAugmentRowsEstimator TreeAugmentRows(
        this TransformsCatalog catalog, ITransformer model, double epsilon, string labelColumnName = Defaults.LabelColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        return new TreeAugmentRowsEstimator(catalog, new TreeAugmentRowsEstimator.Options
        {
            Model = model,
            Epsilon = epsilon,
            LabelColumnName = labelColumnName,
        });
    }

    /// <summary>Adds adversarial rows against a model of trees to the data, with all options.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The options, of which a copy is taken.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">The model or the radius is not set.</exception>
    public static TreeAugmentRowsEstimator TreeAugmentRows(
        this TransformsCatalog catalog, TreeAugmentRowsEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new TreeAugmentRowsEstimator(catalog, options);
    }
}
