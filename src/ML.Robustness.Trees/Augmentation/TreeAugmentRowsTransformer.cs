using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.Trees.Augmentation;
using ML.Robustness.Trees.Certification;

[assembly: LoadableClass("Adds adversarial rows against a model of trees.", typeof(TreeAugmentRowsTransformer), null,
    typeof(SignatureLoadModel), "Tree augmentation by rows", TreeAugmentRowsTransformer.LoaderSignature)]

namespace ML.Robustness.Trees.Augmentation;

/// <summary>Adds adversarial rows, as <see cref="TreeAugmentRowsEstimator"/> describes.</summary>
/// <remarks>
/// Append it with <c>TransformerScope.TrainTest</c> or <c>Training</c>: a chain's <c>Transform</c> and
/// <c>GetModelFor(TransformerScope.Scoring)</c> then leave it out, and the latter makes prediction engines, which a step that
/// adds rows cannot be part of. Saved by <c>ml.Model.Save</c> together with the model that it attacks.
/// </remarks>
public sealed class TreeAugmentRowsTransformer : ITransformer
{
    internal const string LoaderSignature = "TreeAugmentRows";

    private const string ModelName = "Model";

    private static readonly ModelSection Section =
        new("TREEAUGR", LoaderSignature, Assembly: typeof(TreeAugmentRowsTransformer).Assembly);

    private readonly TreeAugmentParameters _parameters;

    internal TreeAugmentRowsTransformer(TreeAugmentParameters parameters) => _parameters = parameters;

    /// <summary>The model that is attacked.</summary>
    public ITransformer Model => _parameters.Model;

    /// <summary>False: there may be more rows than came in.</summary>
    public bool IsRowToRowMapper => false;

    /// <summary>Tells the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the one that tells adversarial rows where it was asked for.</returns>
    /// <exception cref="ArgumentException">
    /// The model has no trees, splits by category, or has a step that cannot be followed; a unit or range is of no feature; or a
    /// column is missing or of another type than is needed.
    /// </exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Check(inputSchema);
        return AugmentedRowsCursor.SchemaOf(inputSchema, _parameters.IsAdversarialColumnName);
    }

    /// <summary>Adds the adversarial rows to data; the attack runs when the first row is read.</summary>
    /// <param name="input">The data.</param>
    /// <returns>The rows and the adversarial ones.</returns>
    /// <exception cref="ArgumentException">
    /// The model has no trees, splits by category, or has a step that cannot be followed; a unit or range is of no feature; or a
    /// column is missing or of another type than is needed.
    /// </exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var schema = GetOutputSchema(input.Schema);
        return new StepRows(new TreeAugmentedView(input, Check(input.Schema), _parameters, schema), input, this);
    }

    /// <summary>Not there: a row may become two.</summary>
    /// <param name="inputSchema">The columns of the rows.</param>
    /// <returns>Nothing.</returns>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new InvalidOperationException(
        "TreeAugmentRows adds rows, so it does not work row by row. Append it with TransformerScope.TrainTest and take "
        + "GetModelFor(TransformerScope.Scoring) to predict.");

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        Section.Save(ctx, _parameters.Write);
        ctx.SaveModel(Model, ModelName);
    }

    private TreeChain Check(DataViewSchema inputSchema)
    {
        var chain = TreeChain.Of(Model, inputSchema);
        _parameters.Certifier(chain.Features);
        var scored = Model.GetOutputSchema(inputSchema);
        chain.ScoresOf(scored);
        LabelColumn.Check(ColumnShapes.Of(scored), _parameters.LabelColumnName);
        return chain;
    }

    // ML.NET's loader finds this method by its name and parameters.
    private static TreeAugmentRowsTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var parameters = Section.Load(ctx, TreeAugmentParameters.Read);
        ctx.LoadModel<ITransformer, SignatureLoadModel>(env, out var model, ModelName);
        return new TreeAugmentRowsTransformer(parameters(model));
    }
}
