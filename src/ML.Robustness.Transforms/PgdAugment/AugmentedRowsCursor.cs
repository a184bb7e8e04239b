using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The cursor over rows and their adversarial copies: over one cursor, or over two in sequence.</summary>
internal sealed class AugmentedRowsCursor : DataViewRowCursor
{
    private readonly DataViewSchema _schema;
    private readonly bool[] _active;
    private readonly DataViewSchema.Column _features;
    private readonly DataViewRowCursor _rows, _copies;
    private readonly ValueGetter<DataViewRowId> _getRowId, _getCopyId;
    private readonly PgdAugmentCopies _chosen;
    private DataViewRowId _id;
    private bool _onCopy, _rowsEnded;
    private long _position = -1;

    /// <summary>Creates the cursor, which disposes the given ones.</summary>
    /// <param name="schema">The columns given.</param>
    /// <param name="active">Those asked for.</param>
    /// <param name="features">The column that copies have their examples in.</param>
    /// <param name="rows">
    /// The rows themselves; null to take them from <paramref name="copies"/> too, where each then stands before its copy.
    /// </param>
    /// <param name="copies">The rows, and behind their columns the examples where features are asked for.</param>
    /// <param name="chosen">Which rows have a copy.</param>
    internal AugmentedRowsCursor(
        DataViewSchema schema, bool[] active, DataViewSchema.Column features, DataViewRowCursor? rows, DataViewRowCursor copies,
        PgdAugmentCopies chosen)
    {
        _schema = schema;
        _active = active;
        _features = features;
        _rows = rows ?? copies;
        _copies = copies;
        _chosen = chosen;
        _getRowId = _rows.GetIdGetter();
        _getCopyId = _copies.GetIdGetter();
    }

    public override DataViewSchema Schema => _schema;

    public override long Position => _position;

    public override long Batch => 0;

    private bool IsOnePass => ReferenceEquals(_rows, _copies);

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        if (!_onCopy)
        {
            _getRowId(ref value);
            return;
        }

        _getCopyId(ref value);
        value = value.Fork();
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        BatchedRowMapper.CheckColumn(column, _active);
        var sourceColumns = _copies.Schema.Count - 1;
        if (column.Index >= sourceColumns)
            return BatchedRowMapper.CheckType<TValue>(new ValueGetter<bool>((ref bool value) => value = _onCopy), column);
        var ofRow = _rows.GetGetter<TValue>(_rows.Schema[column.Index]);
        if (column.Index != _features.Index && IsOnePass)
            return ofRow;
        var ofCopy = _copies.GetGetter<TValue>(_copies.Schema[column.Index == _features.Index ? sourceColumns : column.Index]);
        return (ref TValue value) => (_onCopy ? ofCopy : ofRow)(ref value);
    }

    public override bool MoveNext()
    {
        if (!(IsOnePass ? MoveWithin() : MoveThrough()))
        {
            _position = -1;
            return false;
        }

        _position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rows.Dispose();
            _copies.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool MoveWithin()
    {
        if (_position >= 0 && !_onCopy && IsChosen())
            return _onCopy = true;
        _onCopy = false;
        return _rows.MoveNext();
    }

    private bool MoveThrough()
    {
        if (!_rowsEnded && _rows.MoveNext())
            return true;
        _rowsEnded = _onCopy = true;
        while (_copies.MoveNext())
        {
            if (IsChosen())
                return true;
        }

        return false;
    }

    private bool IsChosen()
    {
        _getCopyId(ref _id);
        return _chosen.Has(_id);
    }
}
