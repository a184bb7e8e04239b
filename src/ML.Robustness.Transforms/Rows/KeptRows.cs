using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The rows that were read ahead from a cursor: the values of some columns, and the ids.</summary>
internal sealed class KeptRows
{
    private readonly DataViewRowCursor _source;
    private readonly KeptColumn?[] _columns;
    private readonly ValueGetter<DataViewRowId> _getId;
    private DataViewRowId[] _ids = [];
    private long[] _batches = [];

    /// <summary>Makes room for rows.</summary>
    /// <param name="source">The cursor, which stays the caller's.</param>
    /// <param name="columns">Active columns of it, to keep.</param>
    internal KeptRows(DataViewRowCursor source, IEnumerable<DataViewSchema.Column> columns)
    {
        _source = source;
        _columns = new KeptColumn?[source.Schema.Count];
        foreach (var column in columns)
            _columns[column.Index] = KeptColumn.Over(source, column);
        _getId = source.GetIdGetter();
    }

    /// <summary>The rows kept.</summary>
    internal int Count { get; private set; }

    internal void Clear() => Count = 0;

    /// <summary>Keeps the row that the source is on.</summary>
    internal void Add()
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Math.Max(16, 2 * Count));
            Array.Resize(ref _batches, _ids.Length);
        }

        _getId(ref _ids[Count]);
        _batches[Count] = _source.Batch;
        foreach (var column in _columns)
            column?.Read(Count);
        Count++;
    }

    internal DataViewRowId Id(int row) => _ids[row];

    /// <summary>The number of the source's batch that a row belongs to.</summary>
    internal long Batch(int row) => _batches[row];

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
            rows._columns[column.Index] is null ? rows._source.GetGetter<TValue>(column)
                : rows.CreateGetter<TValue>(column, Place);

        private int Place() => rows.Count - 1;
    }
}
