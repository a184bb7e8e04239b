using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>Raw rows with one column more: the row of features made of them.</summary>
internal sealed class RawFeatureRows : IDataView
{
    private readonly IDataView _rows;
    private readonly RawColumns _raw;

    private RawFeatureRows(IDataView rows, RawColumns raw)
    {
        (_rows, _raw) = (rows, raw);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(rows.Schema);
        builder.AddColumn(raw.Features.Name, raw.Features.Type);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    /// <summary>Rows that have the column of features: these where it is one of theirs.</summary>
    internal static IDataView Of(IDataView rows, RawColumns raw) => raw.IsComposite ? new RawFeatureRows(rows, raw) : rows;

    public long? GetRowCount() => _rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var own = Schema.Count - 1;
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        var isNeeded = needed.Any(column => column.Index == own);
        var sources = needed.Where(column => column.Index != own).Select(column => _rows.Schema[column.Index])
            .Concat(isNeeded ? _raw.Columns.Select(column => _rows.Schema[column.Name]) : [])
            .DistinctBy(column => column.Index);
        return new Cursor(this, _rows.GetRowCursor(sources), isNeeded);
    }

    // One cursor: the values of columns that are not attacked are numbered in the rows' order.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(RawFeatureRows view, DataViewRowCursor inner, bool hasFeatures) : DataViewRowCursor
    {
        public override DataViewSchema Schema => view.Schema;

        public override long Position => inner.Position;

        public override long Batch => inner.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            column.Index == Schema.Count - 1 ? hasFeatures : inner.IsColumnActive(inner.Schema[column.Index]);

        public override bool MoveNext() => inner.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            column.Index < Schema.Count - 1
                ? inner.GetGetter<TValue>(inner.Schema[column.Index])
                : Features() as ValueGetter<TValue> ?? throw new InvalidOperationException(
                    $"Invalid TValue: '{typeof(TValue)}', expected '{typeof(VBuffer<float>)}' for column '{column.Name}'.");

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private ValueGetter<VBuffer<float>> Features()
        {
            var values = new float[view._raw.Length];
            Action[] read = [.. view._raw.Columns.Select(column => Reader(column, values))];
            return (ref VBuffer<float> features) =>
            {
                foreach (var column in read)
                    column();
                VectorValues.Copy(values, ref features);
            };
        }

        private Action Reader(RawColumn column, float[] values)
        {
            var source = inner.Schema[column.Name];
            if (column.Fixed is { } known)
            {
                var number = known.Reader(inner, source);
                return () => values[column.Offset] = number();
            }
            if (column.Type is not VectorDataViewType)
            {
                var get = inner.GetGetter<float>(source);
                return () =>
                {
                    get(ref values[column.Offset]);
                    Check(column, values);
                };
            }
            var getVector = inner.GetGetter<VBuffer<float>>(source);
            VBuffer<float> vector = default;
            return () =>
            {
                getVector(ref vector);
                vector.CopyTo(values.AsSpan(column.Offset, column.Length));
                Check(column, values);
            };
        }

        private void Check(RawColumn column, float[] values)
        {
            for (var slot = 0; slot < column.Length; slot++)
            {
                var value = values[column.Offset + slot];
                if (!float.IsFinite(value))
                    throw new InvalidOperationException(
                        $"Row {Position} of column '{column.Name}' holds {(float.IsNaN(value) ? "NaN" : "an infinite value")} "
                        + $"(slot {slot}), but attacked features must be finite: a missing value has no distance to others. "
                        + "Filter such rows out (FilterRowsByMissingValues) first.");
            }
        }
    }
}
