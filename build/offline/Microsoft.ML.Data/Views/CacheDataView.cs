using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view that reads each column of its source once, when it is first asked for, and keeps it.</summary>
internal sealed class CacheDataView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly ColumnStore[] _columns;
    private long? _rowCount;

    public CacheDataView(IHostEnvironment env, IDataView input, string[] prefetch)
    {
        _host = env.Register("Cache");
        _source = ColumnStore.Keepable(_host, input);
        _columns = new ColumnStore[Schema.Count];
        _rowCount = input.GetRowCount();
        if (prefetch.Length > 0)
            Fill(prefetch.Select(name => Schema[name].Index));
    }

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => _rowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = Schema.ToActivity(columnsNeeded);
        Fill(Enumerable.Range(0, active.Length).Where(index => active[index]));
        return new Cursor(this, active, rand == null ? null : RandomUtils.Permutation(rand, (int)_rowCount.Value));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private void Fill(IEnumerable<int> wanted)
    {
        lock (_columns)
        {
            int[] missing = wanted.Where(index => _columns[index] == null).ToArray();
            if (missing.Length == 0 && _rowCount.HasValue)
                return;
            ColumnStore[] stores = missing.Select(index => ColumnStore.Create(Schema[index].Type)).ToArray();
            using DataViewRowCursor cursor = _source.GetRowCursor(missing.Select(index => Schema[index]));
            Action<int>[] writers = stores.Select((store, i) => store.MakeWriter(cursor.GetGetterAsDelegate(cursor.Schema[missing[i]]))).ToArray();
            int count = 0;
            for (; cursor.MoveNext(); count++)
            {
                foreach (Action<int> writer in writers)
                    writer(count);
            }
            for (int i = 0; i < missing.Length; i++)
                _columns[missing[i]] = stores[i];
            _rowCount = count;
        }
    }

    private sealed class Cursor : RootCursorBase
    {
        private readonly CacheDataView _parent;
        private readonly Delegate[] _getters;
        private readonly int[] _order;
        private readonly long _count;

        public Cursor(CacheDataView parent, bool[] active, int[] order)
            : base(parent._host)
        {
            _parent = parent;
            _order = order;
            _count = parent._rowCount.Value;
            _getters = parent._columns.Select((store, index) => active[index] ? store.MakeGetter(Place) : null).ToArray();
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] != null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.CheckParam(_getters[column.Index] != null, nameof(column), "requested column not active");
            return _getters[column.Index].Typed<TValue>(Ch);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Place(), 0);

        protected override bool MoveNextCore() => Position + 1 < _count;

        private int Place() => _order == null ? CheckedPosition() : _order[CheckedPosition()];

        private int CheckedPosition()
        {
            Ch.Check(IsGood, "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, "
                + "or at any point after that method returned false.");
            return (int)Position;
        }
    }
}
