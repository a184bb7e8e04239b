using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>
/// Rows with one column of a known schema, which a model scores in place of the real rows.
/// </summary>
/// <param name="schema">The schema of the real rows.</param>
/// <param name="features">The only column.</param>
/// <param name="values">
/// Its values, row after row; where the column is of bytes, a value v becomes the byte nearest to 255 v.
/// </param>
internal sealed class FeatureView(DataViewSchema schema, FeatureColumn features, float[] values) : IDataView
{
    public DataViewSchema Schema => schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => values.Length / features.Shape.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        foreach (var column in columnsNeeded)
        {
            if (column.Name != features.Name)
                throw new InvalidOperationException(
                    $"The model's scores depend on column '{column.Name}' as well as on '{features.Name}', but only one can be "
                    + "attacked. Bring the features together with Concatenate before the model.");
        }
        return new Cursor(schema, schema[features.Name], values, features);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewSchema schema, DataViewSchema.Column source, float[] values, FeatureColumn features)
        : DataViewRowCursor
    {
        private readonly int _length = features.Shape.Length;
        private long _position = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index == source.Index;

        public override bool MoveNext()
        {
            if (_position + 1 < values.Length / _length)
            {
                _position++;
                return true;
            }
            _position = values.Length / _length;
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new ArgumentOutOfRangeException(nameof(column),
                    $"Column '{column.Name}' was not asked for when the cursor was made.");
            Delegate getter = features.IsBytes ? (ValueGetter<VBuffer<byte>>)GetBytes : (ValueGetter<VBuffer<float>>)GetNumbers;
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException(
                    $"Invalid TValue: '{typeof(TValue)}', expected "
                    + $"'{(features.IsBytes ? typeof(VBuffer<byte>) : typeof(VBuffer<float>))}' for column '{column.Name}' of "
                    + $"type {column.Type}.");
        }

        private ReadOnlySpan<float> Row => values.AsSpan(checked((int)_position) * _length, _length);

        private void GetNumbers(ref VBuffer<float> value) => VectorValues.Copy(Row, ref value);

        private void GetBytes(ref VBuffer<byte> value)
        {
            var editor = VBufferEditor.Create(ref value, _length);
            var row = Row;
            for (var i = 0; i < row.Length; i++)
                editor.Values[i] = (byte)Math.Clamp(MathF.Round(row[i] * byte.MaxValue), 0, byte.MaxValue);
            value = editor.Commit();
        }
    }
}
