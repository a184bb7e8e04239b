using Microsoft.ML;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Data with adversarial copies of rows among them.</summary>
internal sealed class AugmentedRowsView : IDataView
{
    private readonly IDataView _source;
    private readonly PgdAugmentCopies _copies;
    private readonly PgdAugmentRowMapper _mapping;
    private readonly BatchedDataView _examples;

    internal AugmentedRowsView(IDataView source, PgdAugmentParameters attack, PgdAugmentCopies copies, DataViewSchema schema)
    {
        _source = source;
        _copies = copies;
        Schema = schema;
        _mapping = new PgdAugmentRowMapper(attack, source.Schema, AugmentedColumns.Only(attack.Features.Name), copies.Has);
        _examples = new BatchedDataView(source, _mapping, copies.BatchSize);
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _copies.Fraction == 1 ? 2 * _source.GetRowCount() : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = BatchedRowMapper.Active(Schema, columnsNeeded);
        var features = _mapping.Inputs[0];
        DataViewSchema.Column[] passed = [.. _source.Schema.Where(column => active[column.Index])];
        var rows = _examples.GetRowCursor(
            active[features.Index] ? [.. passed, _mapping.OutputSchema[_source.Schema.Count]] : passed, rand);
        try
        {
            return new AugmentedRowsCursor(Schema, active, [features], rows, _copies.Placement, _copies.Has);
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
