using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Rows;

/// <summary>A step that adds columns to each row and computes them for many rows at once.</summary>
/// <remarks>
/// Over data it is lazy: rows are read when a cursor asks for them, a batch ahead, and computed when one of the added columns is.
/// Each row is read once, and the other columns asked for are kept beside it, so that the data may be a queue or a random
/// source. Rows come in the order of the data, and what a row gets does not depend on the rows beside it. In a prediction engine
/// the step works row by row, each row having the number 0.
/// </remarks>
public abstract class BatchedTransformer : ITransformer
{
    private protected BatchedTransformer(IHost host, int batchSize, long firstRow = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        Host = host;
        BatchSize = batchSize;
        FirstRow = firstRow;
    }

    /// <summary>The rows computed at once over data.</summary>
    public int BatchSize { get; }

    /// <summary>The number of the first row of the data that are transformed within their whole; not saved.</summary>
    public long FirstRow { get; }

    /// <summary>True: each row of the output comes from one row of the input.</summary>
    public bool IsRowToRowMapper => true;

    private protected IHost Host { get; }

    /// <summary>Adds the step to an ONNX graph; null where it cannot be exported.</summary>
    private protected virtual Action<OnnxGraph>? OnnxWriter => null;

    /// <summary>Tells the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and those added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column that is needed is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema).OutputSchema;
    }

    /// <summary>Adds the columns to data, lazily.</summary>
    /// <param name="input">The data.</param>
    /// <returns>The data with the columns added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column that is needed is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new StepRows(new BatchedDataView(NumberedRows.Of(input, FirstRow), Bind(input.Schema), BatchSize), input, this,
            OnnxWriter);
    }

    /// <summary>Gives the row by row form, as prediction engines use it.</summary>
    /// <param name="inputSchema">The columns of the rows.</param>
    /// <returns>The mapper.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column that is needed is missing or of another type.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new BatchedRowToRowMapper(Bind(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        Save(ctx);
    }

    private protected abstract BatchedRowMapper Bind(DataViewSchema inputSchema);

    private protected abstract void Save(ModelSaveContext context);
}
