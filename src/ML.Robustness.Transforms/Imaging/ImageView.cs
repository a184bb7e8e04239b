using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Rows in memory with images among their columns: what calls that draw images return.</summary>
internal sealed class ImageView : IDataView
{
    private readonly ImageViewColumn[] _columns;
    private readonly int _rows;

    /// <summary>Makes the view.</summary>
    /// <param name="columns">One or more columns, all with as many values as there are rows.</param>
    internal ImageView(params ImageViewColumn[] columns)
    {
        ArgumentOutOfRangeException.ThrowIfZero(columns.Length);
        _columns = columns;
        _rows = columns[0].Count;
        var schema = new DataViewSchema.Builder();
        foreach (var column in columns)
        {
            if (column.Count != _rows)
                throw new ArgumentException(
                    $"Column '{column.Name}' has {column.Count} values, but '{columns[0].Name}' has {_rows}.", nameof(columns));
            schema.AddColumn(column.Name, column.Type);
        }

        Schema = schema.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var order = Enumerable.Range(0, _rows).ToArray();
        rand?.Shuffle(order);
        return new Cursor(this, BatchedRowMapper.Active(Schema, columnsNeeded), order);
    }

    // The rows are few and at hand: sharing them out among cursors would gain nothing.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(ImageView view, bool[] active, int[] order) : DataViewRowCursor
    {
        private long _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < active.Length && active[column.Index];

        public override bool MoveNext()
        {
            if (_position + 1 < order.Length)
            {
                _position++;
                return true;
            }

            _position = -1;
            order = [];
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)Row(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            BatchedRowMapper.CheckColumn(column, active);
            return BatchedRowMapper.CheckType<TValue>(view._columns[column.Index].CreateGetter(Row), column);
        }

        private int Row() => _position >= 0
            ? order[_position]
            : throw new InvalidOperationException(
                "The cursor stands on no row: call MoveNext first, and ask for nothing once it gave false.");
    }
}
