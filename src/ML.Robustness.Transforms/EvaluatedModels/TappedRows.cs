using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.EvaluatedModels;

/// <summary>Rows whose features are kept as they pass, so that what is made of them belongs to the same reading.</summary>
/// <remarks>Made for one reading in order: rows that are read again are kept once.</remarks>
internal sealed class TappedRows(IDataView rows, FeatureColumn features, FeatureRows kept) : IDataView
{
    public DataViewSchema Schema => rows.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var source = Schema[features.Name];
        var cursor = rows.GetRowCursor(columnsNeeded.Append(source).DistinctBy(column => column.Index));
        return new Cursor(cursor, kept.Reader(cursor, source), kept);
    }

    // One cursor, whatever number is asked for: features are kept in the rows' order.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewRowCursor inner, Action keep, FeatureRows kept) : DataViewRowCursor
    {
        public override DataViewSchema Schema => inner.Schema;

        public override long Position => inner.Position;

        public override long Batch => inner.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => inner.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override bool MoveNext()
        {
            if (!inner.MoveNext())
                return false;
            if (inner.Position == kept.Count)
                keep();
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
