using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of a view in an order that a pool of rows and the source's own shuffling make, the same in every reading.</summary>
internal sealed class ShuffledView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly int _poolRows;
    private readonly bool _shuffleSource;
    private readonly int _seed;

    public ShuffledView(IHostEnvironment env, IDataView source, int? seed, int poolRows, bool shuffleSource)
    {
        _host = env.Register("Shuffle");
        _source = ColumnStore.Keepable(env, source);
        _poolRows = poolRows;
        _shuffleSource = shuffleSource;
        _seed = seed ?? ((TauswortheHybrid)_host.Rand).NextSigned();
    }

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        Random random = rand ?? RandomUtils.Create(_seed);
        DataViewRowCursor cursor = _source.GetRowCursor(columnsNeeded, _shuffleSource ? RandomUtils.Create(random) : null);
        return _poolRows == 1 ? cursor : new Cursor(_host, cursor, _poolRows, random);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>The pool is a ring of places: the current row, then those that wait. The next row is drawn from the ring after it was filled up.</summary>
    private sealed class Cursor : RootCursorBase
    {
        private readonly DataViewRowCursor _input;
        private readonly Random _random;
        private readonly int[] _places;
        private readonly Action<int>[] _writers;
        private readonly Delegate[] _getters;
        private readonly Delegate _idGetter;
        private int _head;
        private int _count;
        private bool _ended;

        public Cursor(IChannelProvider provider, DataViewRowCursor input, int poolRows, Random random)
            : base(provider)
        {
            _input = input;
            _random = random;
            _places = Enumerable.Range(0, poolRows).ToArray();
            var writers = new List<Action<int>>();
            _getters = Schema.Select(column => input.IsColumnActive(column) ? Keep(column.Type, input.GetGetterAsDelegate(column)) : null).ToArray();
            _idGetter = Keep(RowIdDataViewType.Instance, input.GetIdGetter());
            _writers = writers.ToArray();

            Delegate Keep(DataViewType type, Delegate getter)
            {
                ColumnStore store = ColumnStore.Create(type);
                writers.Add(store.MakeWriter(getter));
                return store.MakeGetter(() => _places[_head]);
            }
        }

        public override DataViewSchema Schema => _input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] != null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.CheckParam(_getters[column.Index] != null, nameof(column), "requested column not active");
            return _getters[column.Index].Typed<TValue>(Ch);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ValueGetter<DataViewRowId>)_idGetter;

        protected override bool MoveNextCore()
        {
            if (_count > 0)
            {
                _head = (_head + 1) % _places.Length;
                _count--;
            }
            FillPool();
            if (_count == 0)
                return false;
            int drawn = (_head + _random.Next(_count)) % _places.Length;
            (_places[drawn], _places[_head]) = (_places[_head], _places[drawn]);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }

        private void FillPool()
        {
            try
            {
                while (_count < _places.Length && !_ended)
                {
                    _ended = !_input.MoveNext();
                    if (_ended)
                        return;
                    foreach (Action<int> writer in _writers)
                        writer(_places[(_head + _count) % _places.Length]);
                    _count++;
                }
            }
            catch (Exception exception)
            {
                throw Ch.Except(exception, "Shuffle input cursor reader failed with an exception");
            }
        }
    }
}
