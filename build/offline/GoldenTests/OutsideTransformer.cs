using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace GoldenTests;

/// <summary>A row-to-row transformer as a library outside Microsoft.ML writes it, with public members only.</summary>
public abstract class OutsideTransformer : ITransformer
{
    public bool IsRowToRowMapper => true;

    /// <summary>The columns added, given the input's schema.</summary>
    protected abstract IEnumerable<DataViewSchema.DetachedColumn> Outputs(DataViewSchema input);

    /// <summary>The input columns that the outputs are computed from.</summary>
    protected abstract IEnumerable<string> Inputs { get; }

    /// <summary>A <see cref="ValueGetter{TValue}"/> for each output; null where it is not asked for.</summary>
    protected abstract Delegate[] Getters(DataViewRow row, bool[] active);

    public virtual DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => SchemaOf(inputSchema);

    public virtual IDataView Transform(IDataView input) => new MappedView(this, input);

    public virtual IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(this, inputSchema);

    public virtual void Save(ModelSaveContext ctx) => throw new NotSupportedException("custom transformer: no save");

    private DataViewSchema SchemaOf(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumns(Outputs(input));
        return builder.ToSchema();
    }

    private IEnumerable<DataViewSchema.Column> Needed(DataViewSchema input, IEnumerable<DataViewSchema.Column> outputs)
    {
        var asked = outputs.ToList();
        var needed = asked.Where(column => column.Index < input.Count).Select(column => input[column.Index]);
        return asked.Any(column => column.Index >= input.Count) ? needed.Concat(Inputs.Select(name => input[name])).Distinct() : needed;
    }

    private sealed class Mapper(OutsideTransformer owner, DataViewSchema input) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => input;

        public DataViewSchema OutputSchema { get; } = owner.SchemaOf(input);

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            owner.Needed(input, dependingColumns);

        public DataViewRow GetRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) =>
            new MappedRow(row, OutputSchema, new OutputGetters(owner, row, OutputSchema, activeColumns));
    }

    /// <summary>The added columns' getters over one row or cursor.</summary>
    private sealed class OutputGetters
    {
        private readonly int _inputs;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;

        public OutputGetters(OutsideTransformer owner, DataViewRow row, DataViewSchema schema, IEnumerable<DataViewSchema.Column> active)
        {
            _inputs = row.Schema.Count;
            _active = new bool[schema.Count - _inputs];
            foreach (var column in active.Where(column => column.Index >= _inputs))
                _active[column.Index - _inputs] = true;
            _getters = _active.Contains(true) ? owner.Getters(row, _active) : new Delegate[_active.Length];
        }

        public bool IsActive(DataViewRow row, DataViewSchema.Column column) =>
            column.Index < _inputs ? row.IsColumnActive(row.Schema[column.Index]) : _active[column.Index - _inputs];

        public ValueGetter<T> Getter<T>(DataViewRow row, DataViewSchema.Column column) =>
            column.Index < _inputs ? row.GetGetter<T>(row.Schema[column.Index]) : (ValueGetter<T>)_getters[column.Index - _inputs];
    }

    private sealed class MappedRow(DataViewRow row, DataViewSchema schema, OutputGetters outputs) : DataViewRow
    {
        public override long Position => row.Position;

        public override long Batch => row.Batch;

        public override DataViewSchema Schema => schema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => outputs.IsActive(row, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => outputs.Getter<TValue>(row, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                row.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class MappedView(OutsideTransformer owner, IDataView source) : IDataView
    {
        public bool CanShuffle => source.CanShuffle;

        public DataViewSchema Schema { get; } = owner.SchemaOf(source.Schema);

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            var columns = columnsNeeded.ToList();
            var cursor = source.GetRowCursor(owner.Needed(source.Schema, columns), rand);
            return new MappedCursor(cursor, Schema, new OutputGetters(owner, cursor, Schema, columns));
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class MappedCursor(DataViewRowCursor cursor, DataViewSchema schema, OutputGetters outputs) : DataViewRowCursor
    {
        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override DataViewSchema Schema => schema;

        public override bool MoveNext() => cursor.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => outputs.IsActive(cursor, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => outputs.Getter<TValue>(cursor, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                cursor.Dispose();
            base.Dispose(disposing);
        }
    }
}
