using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The rows that were read ahead from a cursor: the values of some columns, and the ids.</summary>
internal sealed class KeptRows
{
    private readonly DataViewRowCursor _source;
    private readonly KeptColumn?[] _columns;
    private readonly KeptColumn[] _kept;
    private readonly ValueGetter<DataViewRowId> _getId;
    private DataViewRowId[] _ids = [];

    /// <summary>Makes room for rows.</summary>
    /// <param name="source">The cursor, which stays the caller's.</param>
    /// <param name="columns">Active columns of it, to keep.</param>
    internal KeptRows(DataViewRowCursor source, IEnumerable<DataViewSchema.Column> columns)
    {
        _source = source;
        _columns = new KeptColumn?[source.Schema.Count];
        foreach (var column in columns)
            _columns[column.Index] = KeptColumn.Over(source, column);
        _kept = [.. _columns.OfType<KeptColumn>()];
        _getId = source.GetIdGetter();
    }

    /// <summary>The rows kept.</summary>
    internal int Count { get; private set; }

    internal void Clear() => Count = 0;

    /// <summary>Keeps the row that the source is on.</summary>
    internal void Add()
    {
        KeptColumn.Grow(ref _ids, Count);
        _getId(ref _ids[Count]);
        foreach (var column in _kept)
            column.Read(Count);
        Count++;
    }

    internal DataViewRowId Id(int row) => _ids[row];

    /// <summary>A getter of a column that is kept.</summary>
    /// <param name="column">The column.</param>
    /// <param name="row">Gives the place of the row asked for.</param>
    internal ValueGetter<TValue> CreateGetter<TValue>(DataViewSchema.Column column, Func<int> row) =>
        BatchedRowMapper.CheckType<TValue>(_columns[column.Index]!.CreateGetter(row), column);

    /// <summary>
    /// The row kept last, to read a step's inputs from: each value of the source is read once, though it is kept and used.
    /// </summary>
    internal DataViewRow Last() => new LastRow(this);

    private sealed class LastRow(KeptRows rows) : DataViewRow
    {
        public override DataViewSchema Schema => rows._source.Schema;

        public override long Position => rows._source.Position;

        public override long Batch => rows._source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => rows._source.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = rows._ids[Place()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            rows._columns[column.Index] is { } kept
                ? BatchedRowMapper.CheckType<TValue>(kept.CreateReader(Place), column)
                : rows._source.GetGetter<TValue>(column);

        private int Place() => rows.Count - 1;
    }
}
