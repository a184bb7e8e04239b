using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>
/// The cursor over rows and their adversarial copies, read from one cursor: it stays on a row for its copy, or keeps the copies
/// to the end.
/// </summary>
internal sealed class AugmentedRowsCursor : DataViewRowCursor
{
    private readonly DataViewSchema _schema;
    private readonly bool[] _active;
    private readonly DataViewSchema.Column[] _replaced;
    private readonly DataViewRowCursor _rows;
    private readonly KeptRows? _copies;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly Func<DataViewRowId, bool> _hasCopy;
    private DataViewRowId _id;
    private bool _onCopy;
    private int _copy = -1;
    private long _position = -1;

    /// <summary>The columns of rows and their copies: those of the rows, and the one that tells copies where it is
    /// named.</summary>
    internal static DataViewSchema SchemaOf(DataViewSchema rows, string? mark)
    {
        if (mark is null)
            return rows;
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(rows);
        schema.AddColumn(mark, BooleanDataViewType.Instance);
        return schema.ToSchema();
    }

    /// <summary>Creates the cursor, which disposes the given one.</summary>
    /// <param name="schema">The columns given.</param>
    /// <param name="active">Those asked for.</param>
    /// <param name="replaced">The columns that copies have their examples in.</param>
    /// <param name="rows">The rows, and behind their columns the examples of each replaced column that is asked for.</param>
    /// <param name="placement">Where copies stand.</param>
    /// <param name="hasCopy">Which rows have a copy.</param>
    internal AugmentedRowsCursor(
        DataViewSchema schema, bool[] active, DataViewSchema.Column[] replaced, DataViewRowCursor rows, CopyPlacement placement,
        Func<DataViewRowId, bool> hasCopy)
    {
        _schema = schema;
        _active = active;
        _replaced = replaced;
        _rows = rows;
        _hasCopy = hasCopy;
        _getId = rows.GetIdGetter();
        if (placement == CopyPlacement.Following)
            _copies = new KeptRows(rows,
                rows.Schema.Where(column => rows.IsColumnActive(column) && ReplacedPlace(column) < 0));
    }

    public override DataViewSchema Schema => _schema;

    public override long Position => _position;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        if (_onCopy && _copies is not null)
            value = _copies.Id(CurrentCopy());
        else
            _getId(ref value);
        if (_onCopy)
            value = value.Fork();
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        BatchedRowMapper.CheckColumn(column, _active);
        var sourceColumns = _rows.Schema.Count - _replaced.Length;
        if (column.Index >= sourceColumns)
            return BatchedRowMapper.CheckType<TValue>(new ValueGetter<bool>((ref bool value) => value = _onCopy), column);
        var ofRow = _rows.GetGetter<TValue>(_rows.Schema[column.Index]);
        var place = ReplacedPlace(column);
        var source = _rows.Schema[place >= 0 ? sourceColumns + place : column.Index];
        var ofCopy = _copies is null ? _rows.GetGetter<TValue>(source) : _copies.CreateGetter<TValue>(source, CurrentCopy);
        return (ref TValue value) => (_onCopy ? ofCopy : ofRow)(ref value);
    }

    public override bool MoveNext()
    {
        if (!(_copies is null ? MoveWithin() : MoveThrough(_copies)))
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
            _rows.Dispose();
        base.Dispose(disposing);
    }

    private bool MoveWithin()
    {
        if (_position >= 0 && !_onCopy && IsChosen())
            return _onCopy = true;
        _onCopy = false;
        return _rows.MoveNext();
    }

    private bool MoveThrough(KeptRows copies)
    {
        if (!_onCopy && _rows.MoveNext())
        {
            if (IsChosen())
                copies.Add();
            return true;
        }

        _onCopy = true;
        _copy = Math.Min(_copy + 1, copies.Count);
        return _copy < copies.Count;
    }

    private bool IsChosen()
    {
        _getId(ref _id);
        return _hasCopy(_id);
    }

    private int ReplacedPlace(DataViewSchema.Column column) =>
        Array.FindIndex(_replaced, replaced => replaced.Index == column.Index);

    private int CurrentCopy() => _copy >= 0 && _copy < _copies!.Count ? _copy : throw BatchedRowMapper.OnNoRow();
}
