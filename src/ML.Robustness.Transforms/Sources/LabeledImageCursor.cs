using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.Sources;

/// <summary>A cursor over the rows of a source of labelled images.</summary>
internal sealed class LabeledImageCursor : SeekableCursor
{
    private static readonly float[] UnitValues = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    private readonly LabeledImageSource _source;
    private readonly LabeledImageReader _reader;

    public LabeledImageCursor(LabeledImageView view, Plan plan)
        : base(view, plan)
    {
        _source = view.Source;
        _reader = _source.OpenReader(plan.RowsInOrder);
    }

    private protected override void MoveTo(int row) => _reader.MoveTo(row);

    private protected override Delegate CreateGetter(DataViewSchema.Column column) =>
        column.Name == "Label" ? (ValueGetter<uint>)GetLabel
        : ((VectorDataViewType)column.Type).ItemType.RawType == typeof(byte) ? (ValueGetter<VBuffer<byte>>)GetBytes
        : (ValueGetter<VBuffer<float>>)GetFloats;

    private protected override void Close() => _reader.Dispose();

    private void GetLabel(ref uint label)
    {
        CheckOnRow();
        label = (uint)_reader.Label + 1;
    }

    private void GetBytes(ref VBuffer<byte> pixels)
    {
        CheckOnRow();
        VectorValues.Copy(_reader.Pixels[.._source.PixelCount], ref pixels);
    }

    private void GetFloats(ref VBuffer<float> pixels)
    {
        CheckOnRow();
        var editor = VBufferEditor.Create(ref pixels, _source.PixelCount);
        var values = editor.Values;
        var bytes = _reader.Pixels[..values.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = UnitValues[bytes[i]];
        pixels = editor.Commit();
    }
}
