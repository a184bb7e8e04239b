using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Views and rows over objects of a row class.</summary>
internal static class DataViewConstructionUtils
{
    /// <summary>The definition of the row class with the types and annotations of a schema.</summary>
    public static SchemaDefinition GetSchemaDefinition<TRow>(IHostEnvironment env, DataViewSchema schema)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        foreach (DataViewSchema.Column column in schema)
        {
            SchemaDefinition.Column member = definition[column.Name] ?? throw env.Except($"Type should contain a member named {column.Name}");
            member.ColumnType = column.Type;
            member.AddAnnotations(column.Annotations);
        }
        return definition;
    }

    /// <summary>The columns of one row object at a time.</summary>
    private sealed class ObjectColumns<TRow>
        where TRow : class
    {
        private readonly IExceptionContext _context;
        private readonly Delegate[] _getters;

        public ObjectColumns(IExceptionContext context, InternalSchemaDefinition definition, Func<TRow> current, Func<int, bool> active)
        {
            _context = context;
            _getters = definition.Columns.Select((column, index) => active(index) ? MemberAccess<TRow>.MakeGetter(column, current) : null).ToArray();
        }

        public bool IsActive(DataViewSchema.Column column)
        {
            _context.Check(column.Index < _getters.Length, $"Column index must be between 0 and {_getters.Length}");
            return _getters[column.Index] != null;
        }

        public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            _context.CheckParam(IsActive(column), nameof(column), "requested column not active");
            return _getters[column.Index].Typed<TValue>(_context, $"Invalid TValue in GetGetter for column #{column}");
        }
    }

    /// <summary>A row whose object is changed from prediction to prediction.</summary>
    public sealed class InputRow<TRow> : DataViewRow
        where TRow : class
    {
        private readonly IHost _host;
        private readonly ObjectColumns<TRow> _columns;
        private TRow _current;
        private long _position = -1;

        public InputRow(IHostEnvironment env, SchemaDefinition schemaDefinition)
        {
            _host = env.Register("Row");
            InternalSchemaDefinition definition = InternalSchemaDefinition.Create(typeof(TRow), schemaDefinition, SchemaDefinition.Direction.Read);
            Schema = definition.ToSchema();
            _columns = new ObjectColumns<TRow>(_host, definition, () => _current, _ => true);
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _position;

        public override long Batch => 0;

        public void ExtractValues(TRow row)
        {
            _host.CheckValue(row, nameof(row));
            _current = row;
            _position++;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);
    }

    /// <summary>A view over an enumerable, enumerated anew by each cursor.</summary>
    public sealed class StreamingDataView<TRow> : IDataView
        where TRow : class
    {
        private readonly IHost _host;
        private readonly IEnumerable<TRow> _data;
        private readonly InternalSchemaDefinition _definition;

        public StreamingDataView(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition schemaDefinition)
        {
            _definition = InternalSchemaDefinition.Create(typeof(TRow), schemaDefinition, SchemaDefinition.Direction.Read);
            _host = env.Register("StreamingDataView");
            _data = data;
            Schema = _definition.ToSchema();
        }

        public DataViewSchema Schema { get; }

        public bool CanShuffle => false;

        public long? GetRowCount() => _data is ICollection<TRow> collection ? collection.Count : null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
            => new Cursor(this, Schema.ToActivity(columnsNeeded));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
            => [GetRowCursor(columnsNeeded, rand)];

        private sealed class Cursor : RootCursorBase
        {
            private readonly StreamingDataView<TRow> _parent;
            private readonly ObjectColumns<TRow> _columns;
            private readonly IEnumerator<TRow> _rows;
            private TRow _current;

            public Cursor(StreamingDataView<TRow> parent, bool[] active)
                : base(parent._host)
            {
                _parent = parent;
                _rows = parent._data.GetEnumerator();
                _columns = new ObjectColumns<TRow>(parent._host, parent._definition, () => _current, index => active[index]);
            }

            public override DataViewSchema Schema => _parent.Schema;

            public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

            public override ValueGetter<DataViewRowId> GetIdGetter()
            {
                return (ref DataViewRowId id) =>
                {
                    Ch.Check(IsGood, "Cannot call ID getter in current state");
                    id = new DataViewRowId((ulong)Position, 0);
                };
            }

            protected override bool MoveNextCore()
            {
                bool moved = _rows.MoveNext();
                _current = moved ? _rows.Current : null;
                Ch.Check(!moved || _current != null, "Encountered null when iterating over data, this is not supported.");
                return moved;
            }

            protected override void Dispose(bool disposing)
            {
                _current = null;
                if (disposing)
                    _rows.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
