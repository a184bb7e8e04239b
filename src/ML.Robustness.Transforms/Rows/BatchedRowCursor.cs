using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>
/// Two cursors over the same rows: one reads the inputs of the step a batch ahead, the other follows row by row and gives the
/// columns passed through. So nothing but the step's own inputs has to be copied. A step of one row at a time needs one cursor
/// for both.
/// </summary>
internal sealed class BatchedRowCursor : DataViewRowCursor
{
    private readonly BatchedRowMapper _mapping;
    private readonly bool[] _active;
    private readonly DataViewRowCursor _followed;
    private readonly DataViewRowCursor? _ahead;
    private readonly RowBatch? _batch;
    private readonly ValueGetter<DataViewRowId>? _aheadId, _followedId;
    private readonly DataViewRowId[] _ids = [];
    private int _row = -1;

    /// <summary>A cursor that computes nothing, since no output is asked for.</summary>
    internal BatchedRowCursor(BatchedRowMapper mapping, bool[] active, DataViewRowCursor followed)
    {
        _mapping = mapping;
        _active = active;
        _followed = followed;
    }

    /// <summary>A cursor that computes each row when an output of it is asked for.</summary>
    internal static BatchedRowCursor RowByRow(BatchedRowMapper mapping, bool[] active, DataViewRowCursor rows) =>
        new(mapping, active, rows, mapping.CreateBatch(rows, 1));

    private BatchedRowCursor(BatchedRowMapper mapping, bool[] active, DataViewRowCursor followed, RowBatch batch)
        : this(mapping, active, followed) => _batch = batch;

    internal BatchedRowCursor(
        BatchedRowMapper mapping, bool[] active, DataViewRowCursor followed, DataViewRowCursor ahead, int batchSize)
        : this(mapping, active, followed)
    {
        _ahead = ahead;
        _batch = mapping.CreateBatch(ahead, batchSize);
        _ids = new DataViewRowId[batchSize];
        _aheadId = ahead.GetIdGetter();
        _followedId = followed.GetIdGetter();
    }

    public override DataViewSchema Schema => _mapping.OutputSchema;

    public override long Position => _followed.Position;

    public override long Batch => _followed.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _followed.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        BatchedRowMapper.CheckColumn(column, _active);
        var output = _mapping.OutputOf(column);
        return output < 0
            ? _followed.GetGetter<TValue>(_mapping.InputSchema[column.Index])
            : BatchedRowMapper.CheckType<TValue>(_batch!.CreateGetter(output, CurrentRow), column);
    }

    public override bool MoveNext()
    {
        if (!_followed.MoveNext())
        {
            _row = -1;
            return false;
        }

        if (_batch is null)
            return true;
        if (_ahead is null)
        {
            _batch.Clear();
            _row = 0;
            return true;
        }

        if (++_row >= _batch.Count)
        {
            FillBatch();
            _row = 0;
        }

        DataViewRowId id = default;
        _followedId!(ref id);
        if (_batch.Count == 0 || !id.Equals(_ids[_row]))
        {
            throw new InvalidOperationException(
                $"Row {Position} is another one on a second pass over the data: rows must come in the same order each time. " +
                "Give ShuffleRows a seed, or keep the rows in memory with ml.Data.Cache first.");
        }

        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _followed.Dispose();
            _ahead?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void FillBatch()
    {
        _batch!.Clear();
        while (_batch.Count < _ids.Length && _ahead!.MoveNext())
        {
            _aheadId!(ref _ids[_batch.Count]);
            _batch.Add();
        }
    }

    private int CurrentRow()
    {
        if (_row < 0)
            throw new InvalidOperationException(
                "The cursor stands on no row: call MoveNext first, and ask for nothing once it gave false.");
        if (_batch!.Count == 0)
        {
            // A row that could not be read is read from its start when it is asked for again.
            _batch.Clear();
            _batch.Add();
        }

        _batch.EnsureComputed();
        return _row;
    }
}
