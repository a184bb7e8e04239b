using Microsoft.ML;

namespace ML.Robustness.Transforms.Rows;

/// <summary>Data with a step's columns added.</summary>
internal sealed class BatchedDataView(IDataView source, BatchedRowMapper mapping, int batchSize) : IDataView
{
    public DataViewSchema Schema => mapping.OutputSchema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = mapping.Active(columnsNeeded);
        if (!mapping.AnyOutput(active))
            return new BatchedRowCursor(mapping, active, source.GetRowCursor(mapping.PassedThrough(active), rand));
        if (batchSize == 1)
            return BatchedRowCursor.RowByRow(mapping, active,
                source.GetRowCursor(mapping.PassedThrough(active).Concat(mapping.Inputs), rand));

        // Both cursors shuffle alike when they draw from generators of the same state.
        var seed = rand?.Next();
        DataViewRowCursor Open(IEnumerable<DataViewSchema.Column> columns) =>
            source.GetRowCursor(columns, seed is { } value && source.CanShuffle ? new Random(value) : null);

        var ahead = Open(mapping.Inputs);
        try
        {
            return new BatchedRowCursor(mapping, active, Open(mapping.PassedThrough(active)), ahead, batchSize);
        }
        catch
        {
            ahead.Dispose();
            throw;
        }
    }

    // One cursor: libtorch spreads a batch over the cores by itself.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
