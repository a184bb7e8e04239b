using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A step bound to an input schema: rows in, rows with the added columns out.</summary>
internal sealed class RowToRowMapper : IRowToRowMapper
{
    private readonly IHost _host;
    private readonly IRowMapper _mapper;

    public RowToRowMapper(IHost host, DataViewSchema input, IRowMapper mapper)
    {
        _host = host;
        _mapper = mapper;
        Bindings = new ColumnBindings(input, mapper.GetOutputColumns());
    }

    public ColumnBindings Bindings { get; }

    public DataViewSchema InputSchema => Bindings.InputSchema;

    public DataViewSchema OutputSchema => Bindings.Schema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => GetInputColumns(OutputSchema.ToActivity(dependingColumns));

    public IEnumerable<DataViewSchema.Column> GetInputColumns(bool[] active)
    {
        var needed = new bool[InputSchema.Count];
        for (int i = 0; i < active.Length; i++)
        {
            int index = Bindings.MapColumnIndex(out bool isSource, i);
            if (isSource && active[i])
                needed[index] = true;
        }
        Func<int, bool> dependencies = _mapper.GetDependencies(added => active[Bindings.AddedColumnIndices[added]]);
        return InputSchema.Where(column => needed[column.Index] || dependencies(column.Index)).ToArray();
    }

    public Delegate[] CreateGetters(DataViewRow input, bool[] active, out Action disposer)
        => _mapper.CreateGetters(input, added => active[Bindings.AddedColumnIndices[added]], out disposer);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        _host.CheckValue(input, nameof(input));
        _host.CheckValue(activeColumns, nameof(activeColumns));
        _host.Check(ReferenceEquals(input.Schema, InputSchema), "Schema of input row must be the same as the schema the mapper is bound to");
        return new MappedRow(this, input, OutputSchema.ToActivity(activeColumns));
    }

    private sealed class MappedRow : DataViewRow
    {
        private readonly RowToRowMapper _parent;
        private readonly DataViewRow _input;
        private readonly Delegate[] _getters;
        private readonly Action _disposer;

        public MappedRow(RowToRowMapper parent, DataViewRow input, bool[] active)
        {
            _parent = parent;
            _input = input;
            _getters = parent.CreateGetters(input, active, out _disposer);
        }

        public override DataViewSchema Schema => _parent.OutputSchema;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            int index = _parent.Bindings.MapColumnIndex(out bool isSource, column.Index);
            return isSource ? _input.IsColumnActive(_input.Schema[index]) : _getters[index] != null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = _parent.Bindings.MapColumnIndex(out bool isSource, column.Index);
            return isSource ? _input.GetGetter<TValue>(_input.Schema[index]) : _getters[index].Typed<TValue>(null, "Invalid TValue in GetGetter");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _disposer?.Invoke();
                _input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
