using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The rows of a part of a whole, whose ids are their numbers within the whole: what <c>FirstRow</c> means.</summary>
/// <remarks>
/// The first row gets the number asked for, and the others keep their distance to it: a part with rows of its own counts on from
/// there, and one cut out of the whole, as <c>SkipRows</c> does it, keeps the ids that it has.
/// </remarks>
internal sealed class NumberedRows : IDataView
{
    private readonly IDataView _source;
    private readonly long _firstRow;

    private NumberedRows(IDataView source, long firstRow) => (_source, _firstRow) = (source, firstRow);

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => _source.CanShuffle;

    /// <summary>Numbers rows; those from 0 on keep the ids that they have.</summary>
    internal static IDataView Of(IDataView source, long firstRow) => firstRow == 0 ? source : new NumberedRows(source, firstRow);

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        // In order, the first row itself tells; only rows that come in any order need to be asked for it before.
        var offset = rand is not null && CanShuffle ? FirstOffset() : null;
        return new Cursor(_source.GetRowCursor(columnsNeeded, rand), _firstRow, offset);
    }

    // One cursor: what reads ahead of it computes on all cores.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private long? FirstOffset()
    {
        using var cursor = _source.GetRowCursor([]);
        return cursor.MoveNext() ? Offset(cursor, _firstRow) : null;
    }

    private static long Offset(DataViewRow row, long firstRow)
    {
        DataViewRowId id = default;
        row.GetIdGetter()(ref id);
        return id.High == 0 ? firstRow - (long)id.Low : throw NoNumber();
    }

    private static InvalidOperationException NoNumber() => new(
        "Rows that a step made of other rows have no number of their own, which FirstRow could tell. Give the FirstRow to the "
        + "rows before that step, with ml.Data.NumberRows.");

    private sealed class Cursor(DataViewRowCursor source, long firstRow, long? knownOffset) : DataViewRowCursor
    {
        private long? _offset = knownOffset;

        public override DataViewSchema Schema => source.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter()
        {
            var getId = source.GetIdGetter();
            return (ref DataViewRowId id) =>
            {
                getId(ref id);
                if (_offset is not { } offset || offset == 0)
                    return;
                id = id.High == 0 ? new DataViewRowId(unchecked(id.Low + (ulong)offset), 0) : throw NoNumber();
            };
        }

        public override bool MoveNext()
        {
            if (!source.MoveNext())
                return false;
            _offset ??= Offset(source, firstRow);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }
    }
}
