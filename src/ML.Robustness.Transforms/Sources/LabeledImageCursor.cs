using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms;

/// <summary>Goes through the rows of a source, all of them or every so-manyth block.</summary>
internal sealed class LabeledImageCursor : DataViewRowCursor
{
    private static readonly float[] UnitValues = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    private readonly LabeledImageView _view;
    private readonly HashSet<int> _active;
    private readonly int[]? _order;
    private readonly int _rowsPerBlock;
    private readonly int _part;
    private readonly int _parts;
    private readonly LabeledImageReader _reader;
    private long _position = -1;
    private long _place = -1; // among all rows in the order of this pass
    private bool _ended;

    public LabeledImageCursor(LabeledImageView view, IEnumerable<DataViewSchema.Column> columns, int[]? order, int rowsPerBlock, int part, int parts)
    {
        _view = view;
        _active = [.. columns.Select(column => column.Index)];
        _order = order;
        _rowsPerBlock = rowsPerBlock;
        _part = part;
        _parts = parts;
        _reader = view.Source.OpenReader(order == null ? rowsPerBlock : 1);
    }

    public override DataViewSchema Schema => _view.Schema;

    public override long Position => _position;

    /// <summary>The block of the row: increases in every cursor and belongs to one of a set, so that the order can be put together again.</summary>
    public override long Batch => _place < 0 ? 0 : _place / _rowsPerBlock;

    public override bool MoveNext()
    {
        if (_ended)
            return false;
        var next = _place < 0 ? (long)_part * _rowsPerBlock : _place + 1;
        if (_place >= 0 && next % _rowsPerBlock == 0)
            next += (long)(_parts - 1) * _rowsPerBlock;
        if (next >= _view.Source.Rows)
        {
            _ended = true;
            _position = -1;
            _reader.Dispose();
            return false;
        }

        _place = next;
        _position++;
        _reader.MoveTo(Row);
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
            throw new ArgumentException($"Column '{column.Name}' is not one of this data. Take columns from its Schema.", nameof(column));
        if (!IsColumnActive(column))
            throw new ArgumentException($"Column '{column.Name}' was not asked for when the cursor was made. Name it in columnsNeeded.", nameof(column));
        Delegate getter = column.Name == "Label" ? (ValueGetter<uint>)GetLabel
            : column.Type is VectorDataViewType { ItemType.RawType: var item } && item == typeof(byte) ? (ValueGetter<VBuffer<byte>>)GetBytes
            : (ValueGetter<VBuffer<float>>)GetFloats;
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}. Ask for its getter by that type.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reader.Dispose();
            _ended = true;
            _position = -1;
        }

        base.Dispose(disposing);
    }

    private int Row => _order == null ? (int)_place : _order[_place];

    private void GetLabel(ref uint label)
    {
        CheckOnRow();
        label = (uint)_reader.Label + 1;
    }

    private void GetBytes(ref VBuffer<byte> pixels)
    {
        CheckOnRow();
        var editor = VBufferEditor.Create(ref pixels, _view.Source.PixelCount);
        _reader.Pixels.CopyTo(editor.Values);
        pixels = editor.Commit();
    }

    private void GetFloats(ref VBuffer<float> pixels)
    {
        CheckOnRow();
        var editor = VBufferEditor.Create(ref pixels, _view.Source.PixelCount);
        var values = editor.Values;
        var bytes = _reader.Pixels[..values.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = UnitValues[bytes[i]];
        pixels = editor.Commit();
    }

    private void CheckOnRow()
    {
        if (_position < 0)
            throw new InvalidOperationException("The cursor is not on a row. Call MoveNext first, and read values only while it returns true.");
    }
}
