using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>Rows of features as raw columns, which a model scores in place of the real rows.</summary>
/// <param name="raw">The columns.</param>
/// <param name="values">
/// The features, row after row; where a column is of bytes, a value v becomes the byte nearest to 255 v.
/// </param>
internal sealed class RawRowsView(RawColumns raw, float[] values) : IDataView
{
    public DataViewSchema Schema => raw.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => values.Length / raw.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var needed = new Dictionary<int, RawColumn>();
        foreach (var column in columnsNeeded)
        {
            needed[column.Index] = raw.Columns.FirstOrDefault(known => known.Name == column.Name)
                ?? throw new InvalidOperationException(
                    $"The model's scores depend on column '{column.Name}' as well as on "
                    + $"{string.Join(", ", raw.Columns.Select(known => $"'{known.Name}'"))}, though its steps do not say so.");
        }
        return new Cursor(raw, needed, values);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(RawColumns raw, Dictionary<int, RawColumn> needed, float[] values) : DataViewRowCursor
    {
        private long _position = -1;

        public override DataViewSchema Schema => raw.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => needed.ContainsKey(column.Index);

        public override bool MoveNext()
        {
            if (_position + 1 < values.Length / raw.Length)
            {
                _position++;
                return true;
            }
            _position = values.Length / raw.Length;
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!needed.TryGetValue(column.Index, out var source))
                throw new ArgumentOutOfRangeException(nameof(column),
                    $"Column '{column.Name}' was not asked for when the cursor was made.");
            var getter = GetterOf(source);
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException(
                    $"Invalid TValue: '{typeof(TValue)}', expected '{getter.GetType().GenericTypeArguments[0]}' for column "
                    + $"'{column.Name}' of type {column.Type}.");
        }

        private Delegate GetterOf(RawColumn column)
        {
            if (column.Fixed is { } known)
                return known.Getter(() => Values(column)[0]);
            if (column.Type is not VectorDataViewType)
                return (ValueGetter<float>)((ref float value) => value = Values(column)[0]);
            if (!column.IsBytes)
                return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => VectorValues.Copy(Values(column), ref value));
            return (ValueGetter<VBuffer<byte>>)((ref VBuffer<byte> value) => Bytes(Values(column), ref value));
        }

        private ReadOnlySpan<float> Values(RawColumn column) =>
            values.AsSpan((checked((int)_position) * raw.Length) + column.Offset, column.Length);

        private static void Bytes(ReadOnlySpan<float> row, ref VBuffer<byte> value)
        {
            var editor = VBufferEditor.Create(ref value, row.Length);
            for (var i = 0; i < row.Length; i++)
                editor.Values[i] = (byte)Math.Clamp(MathF.Round(row[i] * byte.MaxValue), 0, byte.MaxValue);
            value = editor.Commit();
        }
    }
}
