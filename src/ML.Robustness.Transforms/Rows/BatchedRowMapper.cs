using Microsoft.ML;

namespace ML.Robustness.Transforms.Rows;

/// <summary>A step bound to rows of one schema: which columns it reads, which it adds, and how a batch is computed.</summary>
internal abstract class BatchedRowMapper
{
    private protected BatchedRowMapper(
        DataViewSchema inputSchema, DataViewSchema.Column[] inputs, DataViewSchema.DetachedColumn[] outputs)
    {
        InputSchema = inputSchema;
        Inputs = inputs;
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(inputSchema);
        schema.AddColumns(outputs);
        OutputSchema = schema.ToSchema();
    }

    internal DataViewSchema InputSchema { get; }

    /// <summary>The input columns, then the outputs.</summary>
    internal DataViewSchema OutputSchema { get; }

    /// <summary>The columns that the outputs are computed from.</summary>
    internal IReadOnlyList<DataViewSchema.Column> Inputs { get; }

    /// <summary>Whether each row is computed when it is asked for, since many at once would cost as much as one by one.</summary>
    internal virtual bool ComputesOnRequest => false;

    /// <summary>Makes the buffers of one cursor or row.</summary>
    internal abstract RowBatch CreateBatch(DataViewRow source, int capacity);

    /// <summary>
    /// Tells the outputs from the columns passed through: the place among the outputs, below 0 for a passed column.
    /// </summary>
    internal int OutputOf(DataViewSchema.Column column) => column.Index - InputSchema.Count;

    /// <summary>Which columns of the output schema are asked for.</summary>
    internal bool[] Active(IEnumerable<DataViewSchema.Column> columns) => Active(OutputSchema, columns);

    /// <summary>Which columns of a schema are asked for.</summary>
    internal static bool[] Active(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[schema.Count];
        foreach (var column in columns)
        {
            if (column.Index >= active.Length || !schema[column.Index].Name.Equals(column.Name, StringComparison.Ordinal))
                throw new ArgumentException(
                    $"Column '{column.Name}' is not one of the {active.Length} columns of this data.", nameof(columns));
            active[column.Index] = true;
        }

        return active;
    }

    internal bool AnyOutput(bool[] active) => Array.IndexOf(active, true, InputSchema.Count) >= 0;

    /// <summary>The columns passed through that are asked for.</summary>
    internal IEnumerable<DataViewSchema.Column> PassedThrough(bool[] active) => InputSchema.Where(column => active[column.Index]);

    /// <summary>The columns passed through that are asked for, and the inputs where an output is.</summary>
    internal IEnumerable<DataViewSchema.Column> Needed(bool[] active)
    {
        IReadOnlyList<DataViewSchema.Column> inputs = AnyOutput(active) ? Inputs : [];
        return InputSchema.Where(column => active[column.Index] || inputs.Any(input => input.Index == column.Index)).ToArray();
    }

    internal static InvalidOperationException OnNoRow() =>
        new("The cursor stands on no row: call MoveNext first, and ask for nothing once it gave false.");

    /// <summary>Checks what is asked of a row.</summary>
    internal static void CheckColumn(DataViewSchema.Column column, bool[] active)
    {
        if (column.Index >= active.Length || !active[column.Index])
            throw new ArgumentOutOfRangeException(nameof(column),
                $"Column '{column.Name}' was not asked for when the cursor was made.");
    }

    internal static ValueGetter<TValue> CheckType<TValue>(
        Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException(
            $"Invalid TValue: '{typeof(TValue)}', expected '{getter.GetType().GetGenericArguments()[0]}' for column " +
            $"'{column.Name}' of type {column.Type}.");
}
