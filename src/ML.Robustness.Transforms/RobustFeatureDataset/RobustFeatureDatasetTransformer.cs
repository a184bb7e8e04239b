using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Rows;

[assembly: LoadableClass("Makes data sets of robust and non-robust features.", typeof(RobustFeatureDatasetTransformer), null,
    typeof(SignatureLoadModel), "Robust feature data set", RobustFeatureDatasetTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>Creates the rows of a feature data set, as <see cref="RobustFeatureDatasetEstimator"/> describes.</summary>
/// <remarks>
/// It needs the label of every row. To train a classifier on what it makes and then score rows without labels, append it with
/// <c>TransformerScope.TrainTest</c>: a chain's <c>Transform</c> and <c>GetModelFor(TransformerScope.Scoring)</c> then leave it
/// out. Saved by <c>ml.Model.Save</c> together with its classifiers and the rows that it starts from; one that was loaded owns
/// the classifiers. Dispose it to free the rows, and the classifiers where it owns them.
/// </remarks>
public sealed class RobustFeatureDatasetTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "RobustFeatureDataset";

    private readonly FeatureDatasetParameters _parameters;
    private readonly FeatureDatasetColumns _outputs;

    internal RobustFeatureDatasetTransformer(FeatureDatasetParameters parameters, FeatureDatasetColumns outputs, int? batchSize)
    {
        _parameters = parameters;
        _outputs = outputs;
        BatchSize = batchSize ?? parameters.Classifier.BatchSize;
    }

    /// <summary>The kind of feature data set.</summary>
    public FeatureDatasetKind Kind => _parameters.Settings.Kind;

    /// <summary>The classifier.</summary>
    public NeuralClassifierTransformer Classifier => _parameters.Classifier;

    /// <summary>The number of rows processed at once.</summary>
    public int BatchSize { get; }

    /// <summary>The number of the first row of the data that are transformed within their whole; not saved.</summary>
    public long FirstRow => _parameters.FirstRow;

    /// <summary>
    /// Whether each row of the output comes from one row of the input: false where rows are dropped
    /// (<see cref="FeatureDatasetKind.MislabeledOnly"/>).
    /// </summary>
    public bool IsRowToRowMapper => !_parameters.Settings.DropsRows;

    /// <summary>The parameters, from which manifests describe the step.</summary>
    internal FeatureDatasetParameters Parameters => _parameters;

    /// <summary>Tells the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the new ones.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema).OutputSchema;
    }

    /// <summary>Makes new rows of data, lazily.</summary>
    /// <param name="input">The data.</param>
    /// <returns>The new rows, in the order of the old.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var mapping = Bind(input.Schema);
        var numbered = NumberedRows.Of(input, FirstRow);
        IDataView rows = IsRowToRowMapper
            ? new BatchedDataView(numbered, mapping, BatchSize)
            : new FilteredView(
                new BatchedDataView(numbered, new FeatureDatasetRowMapper(_parameters, input.Schema, _outputs.WithKept()),
                    BatchSize), mapping.OutputSchema);
        return new StepRows(rows, input, this);
    }

    /// <summary>Gives the row by row form, as prediction engines use it.</summary>
    /// <param name="inputSchema">The columns of the rows.</param>
    /// <returns>The mapper.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    /// <exception cref="InvalidOperationException">The step drops rows.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (!IsRowToRowMapper)
            throw new InvalidOperationException(
                "RobustFeatureDataset of kind MislabeledOnly drops rows, so it does not work row by row. Append it with " +
                "TransformerScope.TrainTest and take GetModelFor(TransformerScope.Scoring) to predict.");
        return new BatchedRowToRowMapper(Bind(inputSchema));
    }

    /// <summary>
    /// Frees the rows that searches start from, and the classifiers where this step was loaded from a file; else they are the
    /// caller's.
    /// </summary>
    public void Dispose() => _parameters.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        FeatureDatasetParametersFormat.Save(ctx, _parameters, writer =>
        {
            _outputs.Write(writer);
            writer.Write(BatchSize);
        });
    }

    private FeatureDatasetRowMapper Bind(DataViewSchema inputSchema) => new(_parameters, inputSchema, _outputs);

    // ML.NET's loader finds this method by its name and parameters.
    private static RobustFeatureDatasetTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        FeatureDatasetParametersFormat.Load<RobustFeatureDatasetTransformer>(env, ctx, static reader =>
        {
            var (outputs, batchSize) = (FeatureDatasetColumns.Read(reader),
                reader.ReadInt32("the batch size", 1, int.MaxValue));
            return parameters => new RobustFeatureDatasetTransformer(
                parameters, outputs, FileLimits.BatchSize(batchSize, parameters.Features.Shape.Length));
        });
}
