using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The rows of a view whose last column is true, without that column.</summary>
internal sealed class FilteredView : IDataView
{
    private readonly BatchedDataView _rows;
    private readonly DataViewSchema.Column _isKept;

    internal FilteredView(BatchedDataView rows, DataViewSchema schema)
    {
        _rows = rows;
        _isKept = rows.Schema[^1];
        Schema = schema;
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _rows.CanShuffle;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = BatchedRowMapper.Active(Schema, columnsNeeded);
        return new Cursor(Schema, active,
            _rows.GetRowCursor([.. _rows.Schema.Where(column => column.Index < active.Length && active[column.Index]), _isKept],
                rand), _isKept);
    }

    // One cursor: libtorch spreads a batch over the cores by itself.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(
        DataViewSchema schema, bool[] active, DataViewRowCursor rows, DataViewSchema.Column isKept) : DataViewRowCursor
    {
        private readonly ValueGetter<bool> _getIsKept = rows.GetGetter<bool>(isKept);
        private long _position = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => _position;

        public override long Batch => rows.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < active.Length && active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            BatchedRowMapper.CheckColumn(column, active);
            return rows.GetGetter<TValue>(rows.Schema[column.Index]);
        }

        public override bool MoveNext()
        {
            while (rows.MoveNext())
            {
                var isKept = false;
                _getIsKept(ref isKept);
                if (!isKept)
                    continue;
                _position++;
                return true;
            }

            _position = -1;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
