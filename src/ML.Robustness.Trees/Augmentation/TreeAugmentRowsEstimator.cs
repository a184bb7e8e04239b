using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Trees.Augmentation;

/// <summary>Adds adversarial rows against a model of trees to the data, for the training of another model on both.</summary>
/// <remarks>
/// A row that the model classifies rightly, and that the tree attack breaks within the radius, gets a copy: the nearest
/// adversarial row in its features, and its own values, the label too, in all other columns. Other rows get none. The rows are
/// attacked once for each <c>Transform</c>, when the first row is read, on all processors.
/// </remarks>
public sealed partial class TreeAugmentRowsEstimator : IEstimator<TreeAugmentRowsTransformer>
{
    private readonly TreeAugmentParameters _parameters;

    internal TreeAugmentRowsEstimator(IInternalCatalog catalog, Options options) =>
        _parameters = TreeAugmentParameters.Of(options.Copy(), Environments.SeedFor(catalog));

    /// <summary>Checks the columns; no row is read.</summary>
    /// <param name="input">Rows as the model takes them, with labels.</param>
    /// <returns>The step, which works with the same model.</returns>
    /// <exception cref="ArgumentException">
    /// The model has no trees, splits by category, or has a step that cannot be followed; a unit or range is of no feature; or a
    /// column is missing or of another type than is needed.
    /// </exception>
    public TreeAugmentRowsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new TreeAugmentRowsTransformer(_parameters);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>Tells, before any data, the columns of transformed data. <see cref="Fit"/> checks them.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the one that tells adversarial rows where it is asked for.</returns>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return _parameters.IsAdversarialColumnName is { } mark
            ? ColumnShapes.With(inputSchema, ColumnShapes.Scalar(mark, BooleanDataViewType.Instance))
            : inputSchema;
    }
}
