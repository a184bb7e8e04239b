using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("", typeof(ColumnSelectingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Select Columns Transform", ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(env, keepColumns, dropColumns, keepHidden))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        Transformer.CheckColumns(inputSchema.Select(column => column.Name), nameof(inputSchema));
        return new SchemaShape(inputSchema.Where(column => Transformer.Keeps(column.Name)));
    }
}

public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderSignature = "SelectColumnsTransform";

    private readonly IHost _host;
    private readonly string[] _columns;
    private readonly bool _keepColumns;
    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false)
    {
        _host = env.Register(nameof(ColumnSelectingTransformer));
        _keepColumns = keepColumns is { Length: > 0 };
        _columns = _keepColumns ? keepColumns : dropColumns;
        _host.Check(_columns is { Length: > 0 }, "Neither keepColumns and dropColumns is set. Exactly one must be specified.");
        _keepHidden = keepHidden;
    }

    bool ITransformer.IsRowToRowMapper => true;

    private static VersionInfo Version
        => new("SELCOLST", 0x00010001, 0x00010001, 0x00010001, typeof(ColumnSelectingTransformer).Assembly.FullName, LoaderSignature);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new SelectedView(input, Bind(input.Schema, nameof(input)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(_keepColumns);
        ctx.Writer.Write(_keepHidden);
        ctx.Writer.Write(false);
        ctx.Writer.Write(_columns.Length);
        foreach (string column in _columns)
            ctx.SaveNonEmptyString(column);
    }

    internal static IDataView CreateDrop(IHostEnvironment env, IDataView input, params string[] dropColumns)
        => new ColumnSelectingTransformer(env, null, dropColumns).Transform(input);

    internal bool Keeps(string name) => _columns.Contains(name) == _keepColumns;

    internal void CheckColumns(IEnumerable<string> names, string parameter)
    {
        string[] missing = _columns.Except(names).ToArray();
        if (missing.Length > 0)
            throw _host.ExceptSchemaMismatch(parameter, "input", string.Join(",", missing));
    }

    private static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        bool keepColumns = ctx.Reader.ReadBoolean();
        bool keepHidden = ctx.Reader.ReadBoolean();
        ctx.Reader.ReadBoolean();
        string[] columns = new string[ctx.Reader.ReadInt32()];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = ctx.LoadNonEmptyString();
        return new ColumnSelectingTransformer(env, keepColumns ? columns : null, keepColumns ? null : columns, keepHidden);
    }

    private Selection Bind(DataViewSchema inputSchema, string parameter)
    {
        _host.CheckValue(inputSchema, parameter);
        CheckColumns(inputSchema.Select(column => column.Name), parameter);
        IEnumerable<DataViewSchema.Column> chosen = _keepColumns
            ? _columns.SelectMany(name => inputSchema.Where(column => column.Name == name && (_keepHidden || !column.IsHidden)))
            : inputSchema.Where(column => Keeps(column.Name));
        return new Selection(inputSchema, chosen.ToArray());
    }

    private sealed class Selection : IRowToRowMapper
    {
        private readonly DataViewSchema.Column[] _sources;

        public Selection(DataViewSchema inputSchema, DataViewSchema.Column[] sources)
        {
            InputSchema = inputSchema;
            _sources = sources;
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(sources);
            OutputSchema = builder.ToSchema();
        }

        public DataViewSchema InputSchema { get; }

        public DataViewSchema OutputSchema { get; }

        public DataViewSchema.Column Source(DataViewSchema.Column column) => _sources[column.Index];

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        {
            bool[] active = OutputSchema.ToActivity(dependingColumns);
            return _sources.Where((_, index) => active[index]).DistinctBy(column => column.Index).ToArray();
        }

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            OutputSchema.ToActivity(activeColumns);
            return new SelectedRow(this, input);
        }
    }

    private sealed class SelectedRow(Selection selection, DataViewRow input) : DataViewRow
    {
        public override DataViewSchema Schema => selection.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(selection.Source(column));

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(selection.Source(column));

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class SelectedView(IDataView input, Selection selection) : IDataView
    {
        public DataViewSchema Schema => selection.OutputSchema;

        public bool CanShuffle => input.CanShuffle;

        public long? GetRowCount() => input.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
            => new SelectedCursor(selection, input.GetRowCursor(selection.GetDependencies(columnsNeeded), rand));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
            => input.GetRowCursorSet(selection.GetDependencies(columnsNeeded), n, rand)
                .Select(cursor => (DataViewRowCursor)new SelectedCursor(selection, cursor)).ToArray();
    }

    private sealed class SelectedCursor(Selection selection, DataViewRowCursor input) : DataViewRowCursor
    {
        public override DataViewSchema Schema => selection.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(selection.Source(column));

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(selection.Source(column));

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
