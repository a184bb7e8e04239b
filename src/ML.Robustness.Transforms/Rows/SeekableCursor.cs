using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>Goes through numbered rows, all of them or every so-manyth block.</summary>
internal abstract class SeekableCursor : DataViewRowCursor
{
    private readonly SeekableView _view;
    private readonly Plan _plan;
    private readonly HashSet<int> _active;
    private long _position = -1;
    private long _place = -1; // among all rows in the order of this pass
    private bool _ended;

    private protected SeekableCursor(SeekableView view, Plan plan)
    {
        _view = view;
        _plan = plan;
        _active = [.. plan.Columns.Select(column => column.Index)];
    }

    public override DataViewSchema Schema => _view.Schema;

    public override long Position => _position;

    /// <summary>
    /// The block of the row: increases in every cursor and belongs to one of a set, so that the order can be put together again.
    /// </summary>
    public override long Batch => _place < 0 ? 0 : _place / _plan.RowsPerBlock;

    public override bool MoveNext()
    {
        if (_ended)
            return false;
        var next = _place < 0 ? (long)_plan.Part * _plan.RowsPerBlock : _place + 1;
        if (_place >= 0 && next % _plan.RowsPerBlock == 0)
            next += (long)(_plan.Parts - 1) * _plan.RowsPerBlock;
        if (next >= _view.Rows)
        {
            End();
            return false;
        }

        _place = next;
        _position++;
        MoveTo(Row);
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
    {
        CheckOnRow();
        id = new DataViewRowId((ulong)Row, 0);
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index >= Schema.Count || Schema[column.Index].Name != column.Name)
            throw new ArgumentException(
                $"Column '{column.Name}' is not one of this data. Take columns from its Schema.", nameof(column));
        if (!IsColumnActive(column))
            throw new ArgumentException(
                $"Column '{column.Name}' was not asked for when the cursor was made. Name it in columnsNeeded.", nameof(column));
        return CreateGetter(column) as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}. Ask for its getter by that type.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            End();
        base.Dispose(disposing);
    }

    /// <summary>Goes to a row. Costs nothing until one of its values is asked for.</summary>
    private protected abstract void MoveTo(int row);

    /// <summary>Makes the getter of a column; it calls <see cref="CheckOnRow"/> first.</summary>
    private protected abstract Delegate CreateGetter(DataViewSchema.Column column);

    /// <summary>Closes what is held open; may come more than once.</summary>
    private protected abstract void Close();

    private protected void CheckOnRow()
    {
        if (_position < 0)
            throw new InvalidOperationException(
                "The cursor is not on a row. Call MoveNext first, and read values only while it returns true.");
    }

    private int Row => _plan.Order == null ? (int)_place : _plan.Order[_place];

    private void End()
    {
        Close();
        _ended = true;
        _position = -1;
    }

    /// <summary>
    /// What a cursor is asked for: the columns, the order of the rows (null for their own), and which blocks of how many.
    /// </summary>
    internal sealed record Plan(IEnumerable<DataViewSchema.Column> Columns, int[]? Order, int RowsPerBlock, int Part, int Parts)
    {
        /// <summary>How many rows will be asked for one after the other: it pays to read that many ahead.</summary>
        internal int RowsInOrder => Order == null ? RowsPerBlock : 1;
    }
}
