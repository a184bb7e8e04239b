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
        var rows = source.GetRowCursor(mapping.Needed(active), rand);
        try
        {
            return mapping.ComputesOnRequest || !mapping.AnyOutput(active)
                ? new RowByRowCursor(mapping, active, rows)
                : new BatchedRowCursor(mapping, active, rows, batchSize);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    // One cursor: libtorch spreads a batch over the cores by itself.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
