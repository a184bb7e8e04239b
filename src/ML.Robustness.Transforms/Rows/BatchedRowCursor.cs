using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>
/// Reads the rows of one cursor a batch ahead, keeps the columns passed through, and gives them beside the outputs of the step.
/// </summary>
/// <remarks>
/// The source is read once: it may give its rows only once, or others on each pass. A failure of the source or of the step comes
/// when the row is reached that failed, whatever the size of the batches.
/// </remarks>
internal sealed class BatchedRowCursor : DataViewRowCursor
{
    private readonly BatchedRowMapper _mapping;
    private readonly bool[] _active;
    private readonly DataViewRowCursor _source;
    private readonly KeptRows _kept;
    private readonly RowBatch _batch;
    private readonly int _batchSize;
    private ExceptionDispatchInfo? _failure;
    private bool _sourceEnded;
    private int _row = -1;
    private long _position = -1;

    /// <summary>Makes the cursor, which disposes its source.</summary>
    /// <param name="mapping">The step.</param>
    /// <param name="active">The columns asked for.</param>
    /// <param name="source">Rows with the columns passed through and the inputs of the step active.</param>
    /// <param name="batchSize">The rows read at once.</param>
    internal BatchedRowCursor(BatchedRowMapper mapping, bool[] active, DataViewRowCursor source, int batchSize)
    {
        _mapping = mapping;
        _active = active;
        _source = source;
        _kept = new KeptRows(source, mapping.PassedThrough(active));
        _batch = mapping.CreateBatch(_kept.Last(), batchSize);
        _batchSize = batchSize;
    }

    public override DataViewSchema Schema => _mapping.OutputSchema;

    public override long Position => _position;

    // Tells the cursors of a set apart; this one is alone.
    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _kept.Id(CurrentRow());

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        BatchedRowMapper.CheckColumn(column, _active);
        var output = _mapping.OutputOf(column);
        return output < 0
            ? _kept.CreateGetter<TValue>(_mapping.InputSchema[column.Index], CurrentRow)
            : BatchedRowMapper.CheckType<TValue>(_batch.CreateGetter(output, ComputedRow), column);
    }

    public override bool MoveNext()
    {
        if (_row + 1 >= _batch.Count)
            FillBatch();
        if (_batch.Count == 0)
        {
            _position = -1;
            _failure?.Throw();
            return false;
        }

        _row++;
        _position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private void FillBatch()
    {
        _row = -1;
        _batch.Clear();
        _kept.Clear();
        try
        {
            while (_failure is null && !_sourceEnded && _batch.Count < _batchSize)
            {
                if (!_source.MoveNext())
                {
                    _sourceEnded = true;
                    return;
                }

                _kept.Add();
                _batch.Add();
            }
        }
        catch (Exception error)
        {
            // The rows before come first.
            _failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    private int CurrentRow() => _row >= 0 ? _row : throw BatchedRowMapper.OnNoRow();

    private int ComputedRow()
    {
        var row = CurrentRow();
        _batch.EnsureComputed();
        return row;
    }
}
