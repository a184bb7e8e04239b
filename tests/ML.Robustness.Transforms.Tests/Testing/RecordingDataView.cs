using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Counts what is asked of a data view: cursors opened and closed, their columns, the rows that were read.</summary>
internal sealed class RecordingDataView(IDataView inner) : IDataView
{
    public List<string[]> Opened { get; } = [];

    public int Closed { get; private set; }

    public int RowsRead { get; private set; }

    public DataViewSchema Schema => inner.Schema;

    public bool CanShuffle => inner.CanShuffle;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Opened.Add([.. columnsNeeded.Select(column => column.Name)]);
        return new Cursor(this, inner.GetRowCursor(columnsNeeded, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(RecordingDataView view, DataViewRowCursor inner) : DataViewRowCursor
    {
        private bool _closed;

        public override DataViewSchema Schema => inner.Schema;

        public override long Position => inner.Position;

        public override long Batch => inner.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => inner.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override bool MoveNext()
        {
            if (!inner.MoveNext())
                return false;
            view.RowsRead++;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_closed)
            {
                _closed = true;
                view.Closed++;
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
