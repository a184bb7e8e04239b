using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>
/// Follows one cursor without reading ahead: a row's outputs are computed when one is asked for, or never where none is active.
/// </summary>
internal sealed class RowByRowCursor : DataViewRowCursor
{
    private readonly BatchedRowMapper _mapping;
    private readonly bool[] _active;
    private readonly DataViewRowCursor _source;
    private readonly RowBatch? _batch;
    private bool _onRow;

    /// <summary>Makes the cursor, which disposes its source.</summary>
    /// <param name="mapping">The step.</param>
    /// <param name="active">The columns asked for.</param>
    /// <param name="source">
    /// Rows with the columns passed through active, and the inputs of the step where an output is asked for.
    /// </param>
    internal RowByRowCursor(BatchedRowMapper mapping, bool[] active, DataViewRowCursor source)
    {
        _mapping = mapping;
        _active = active;
        _source = source;
        if (mapping.AnyOutput(active))
            _batch = mapping.CreateBatch(source, 1);
    }

    public override DataViewSchema Schema => _mapping.OutputSchema;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        BatchedRowMapper.CheckColumn(column, _active);
        var output = _mapping.OutputOf(column);
        return output < 0
            ? _source.GetGetter<TValue>(_mapping.InputSchema[column.Index])
            : BatchedRowMapper.CheckType<TValue>(_batch!.CreateGetter(output, ComputedRow), column);
    }

    public override bool MoveNext()
    {
        _batch?.Clear();
        return _onRow = _source.MoveNext();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private int ComputedRow()
    {
        if (!_onRow)
            throw BatchedRowMapper.OnNoRow();
        if (_batch!.Count == 0)
        {
            // A row that could not be read is read from its start when it is asked for again.
            _batch.Clear();
            _batch.Add();
        }

        _batch.EnsureComputed();
        return 0;
    }
}
