using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view with the columns that a step adds.</summary>
internal sealed class RowToRowMapperTransform : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _input;
    private readonly RowToRowMapper _mapper;

    public RowToRowMapperTransform(IHostEnvironment env, IDataView input, RowToRowMapper mapper)
    {
        _host = env.Register(nameof(RowToRowMapperTransform));
        _input = input;
        _mapper = mapper;
    }

    public DataViewSchema Schema => _mapper.OutputSchema;

    public bool CanShuffle => _input.CanShuffle;

    public long? GetRowCount() => _input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = Schema.ToActivity(columnsNeeded);
        return _mapper.Bindings.AddedColumnIndices.Any(index => active[index]) && CanBeHandedOver(active)
            ? new ConsolidatedCursor(_host, GetRowCursorSet(active, ConsolidatedCursor.Degree, rand))
            : new Cursor(_host, _input.GetRowCursor(_mapper.GetInputColumns(active), rand), _mapper, active);
    }

    /// <summary>ML.NET reads ahead on other threads only where all values can be copied: an image cannot.</summary>
    private bool CanBeHandedOver(bool[] active)
        => Schema.Where(column => active[column.Index]).Concat(_mapper.GetInputColumns(active))
            .All(column => column.Type is PrimitiveDataViewType or VectorDataViewType);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => GetRowCursorSet(Schema.ToActivity(columnsNeeded), n, rand);

    private DataViewRowCursor[] GetRowCursorSet(bool[] active, int n, Random random)
        => _input.GetRowCursorSet(_mapper.GetInputColumns(active), n, random)
            .Select(cursor => (DataViewRowCursor)new Cursor(_host, cursor, _mapper, active)).ToArray();

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly RowToRowMapper _mapper;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;
        private readonly Action _disposer;

        public Cursor(IChannelProvider provider, DataViewRowCursor input, RowToRowMapper mapper, bool[] active)
            : base(provider, input)
        {
            _mapper = mapper;
            _active = active;
            _getters = mapper.CreateGetters(input, active, out _disposer);
        }

        public override DataViewSchema Schema => _mapper.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Ch.Check(column.Index < _active.Length);
            return _active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(IsColumnActive(column));
            if (column.Type.RawType != typeof(TValue))
                throw Ch.Except($"Invalid TValue: '{typeof(TValue)}', expected type: '{Schema[column.Index].Type.RawType}'.");
            int index = _mapper.Bindings.MapColumnIndex(out bool isSource, column.Index);
            return isSource ? Input.GetGetter<TValue>(Input.Schema[index]) : _getters[index].Typed<TValue>(Ch);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _disposer?.Invoke();
            base.Dispose(disposing);
        }
    }
}
