using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Rows whose values lie in memory that the next row writes over, which ML.NET allows a source.</summary>
internal sealed class BufferReusingView : IDataView
{
    internal const int Height = 2, Width = 3;

    private readonly int _rows;

    internal BufferReusingView(int rows)
    {
        _rows = rows;
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, TwoDimensionalClasses.Dimensions));
        schema.AddColumn("Text", TextDataViewType.Instance);
        schema.AddColumn("Texts", new VectorDataViewType(TextDataViewType.Instance, 2));
        schema.AddColumn("Image", new Microsoft.ML.Transforms.Image.ImageDataViewType(Height, Width));
        Schema = schema.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    internal static float[] Features(long row) => [row, row + 0.25f, row + 0.5f, row + 0.75f];

    internal static string Text(long row) => $"row {row:000}";

    internal static byte[] Pixels(long row) => [.. Enumerable.Repeat((byte)row, 4 * Height * Width)];

    private sealed class Cursor(BufferReusingView view) : DataViewRowCursor
    {
        private readonly float[] _features = new float[TwoDimensionalClasses.Dimensions];
        private readonly char[] _text = new char[7];
        private readonly ReadOnlyMemory<char>[] _texts = new ReadOnlyMemory<char>[2];
        private long _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)_position, 7);

        public override bool MoveNext()
        {
            _position++;
            Features(_position).CopyTo(_features, 0);
            Text(_position).CopyTo(_text);
            Array.Fill(_texts, _text);
            return _position < view._rows;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ValueGetter<TValue>)Of(column.Name);

        private Delegate Of(string name) => name switch
        {
            "Features" => new ValueGetter<VBuffer<float>>(
                (ref VBuffer<float> value) => value = new VBuffer<float>(_features.Length, _features)),
            "Text" => new ValueGetter<ReadOnlyMemory<char>>((ref ReadOnlyMemory<char> value) => value = _text),
            "Texts" => new ValueGetter<VBuffer<ReadOnlyMemory<char>>>(
                (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(2, _texts)),
            _ => new ValueGetter<MLImage>((ref MLImage value) =>
            {
                // As LoadImages does.
                value?.Dispose();
                value = MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Bgra32, Pixels(_position));
                value.Tag = Text(_position);
            }),
        };
    }
}
