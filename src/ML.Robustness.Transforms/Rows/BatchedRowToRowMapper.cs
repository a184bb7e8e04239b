using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>A step row by row: what a prediction engine uses.</summary>
/// <remarks>Every row has the number 0, so that the same row gets the same outputs at any call of any engine.</remarks>
internal sealed class BatchedRowToRowMapper(BatchedRowMapper mapping) : IRowToRowMapper
{
    public DataViewSchema InputSchema => mapping.InputSchema;

    public DataViewSchema OutputSchema => mapping.OutputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        return mapping.Needed(mapping.Active(dependingColumns));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
            throw new ArgumentException(
                "The row has another schema than the mapper was made for. Ask GetRowToRowMapper for a mapper of the row's " +
                "own schema.", nameof(input));
        return new MappedRow(mapping, input, mapping.Active(activeColumns));
    }

    /// <summary>A row whose outputs follow the row it was made of; several outputs of one row are computed once.</summary>
    private sealed class MappedRow : DataViewRow
    {
        private readonly BatchedRowMapper _mapping;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly RowBatch? _batch;
        private long? _computedPosition;

        internal MappedRow(BatchedRowMapper mapping, DataViewRow input, bool[] active)
        {
            _mapping = mapping;
            _input = input;
            _active = active;
            if (mapping.AnyOutput(active))
                _batch = mapping.CreateBatch(new RowZero(input), 1);
        }

        public override DataViewSchema Schema => _mapping.OutputSchema;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            column.Index < _active.Length && _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            BatchedRowMapper.CheckColumn(column, _active);
            var output = _mapping.OutputOf(column);
            return output < 0
                ? _input.GetGetter<TValue>(_mapping.InputSchema[column.Index])
                : BatchedRowMapper.CheckType<TValue>(_batch!.CreateGetter(output, OnlyRow), column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }

        // A failure leaves no position behind, so that the next call reads the row again.
        private int OnlyRow()
        {
            if (_computedPosition == _input.Position)
                return 0;
            _computedPosition = null;
            _batch!.Clear();
            _batch.Add();
            _batch.EnsureComputed();
            _computedPosition = _input.Position;
            return 0;
        }
    }
}
