using Microsoft.ML;
using Microsoft.ML.Data;

namespace Samples.Shared;

/// <summary>Reads drawn digits in the order given, every block of rows or every one in so many.</summary>
internal sealed class DigitCursor(
    DataViewSchema schema,
    DigitReader reader,
    IEnumerable<DataViewSchema.Column> columns,
    int[] order,
    int rowsPerBlock,
    int part,
    int parts) : DataViewRowCursor
{
    private const int PixelCount = DigitPainter.Side * DigitPainter.Side;

    private static readonly float[] UnitValues = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    private readonly HashSet<int> _active = [.. columns.Select(column => column.Index)];
    private long _position = -1;
    private int _place = -1; // in the order
    private bool _ended;

    public override DataViewSchema Schema => schema;

    public override long Position => _position;

    public override long Batch => _place < 0 ? 0 : _place / rowsPerBlock;

    public override bool MoveNext()
    {
        var next = _place < 0 ? part * rowsPerBlock : _place + 1;
        if (_place >= 0 && next % rowsPerBlock == 0)
            next += (parts - 1) * rowsPerBlock;
        if (_ended || next >= order.Length)
        {
            (_ended, _position) = (true, -1);
            return false;
        }

        _place = next;
        _position++;
        reader.Row = order[_place];
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId id) => id = new DataViewRowId((ulong)RowReader().Row, 0);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw new ArgumentException($"Column '{column.Name}' was not asked for. Name it in columnsNeeded.", nameof(column));
        Delegate getter = column.Name == "Label" ? (ValueGetter<uint>)GetLabel
            : ((VectorDataViewType)column.Type).ItemType.RawType == typeof(byte) ? (ValueGetter<VBuffer<byte>>)GetBytes
            : (ValueGetter<VBuffer<float>>)GetFloats;
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");
    }

    private DigitReader RowReader() => _position >= 0 ? reader
        : throw new InvalidOperationException("The cursor is not on a row. Read values only while MoveNext returns true.");

    private void GetLabel(ref uint label) => label = (uint)RowReader().Label + 1;

    private void GetBytes(ref VBuffer<byte> pixels)
    {
        var editor = VBufferEditor.Create(ref pixels, PixelCount);
        RowReader().Pixels.CopyTo(editor.Values);
        pixels = editor.Commit();
    }

    private void GetFloats(ref VBuffer<float> pixels)
    {
        var editor = VBufferEditor.Create(ref pixels, PixelCount);
        var bytes = RowReader().Pixels;
        for (var i = 0; i < bytes.Length; i++)
            editor.Values[i] = UnitValues[bytes[i]];
        pixels = editor.Commit();
    }
}
