using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms;

/// <summary>The rows of a source of labelled images as ML.NET sees them.</summary>
internal sealed class LabeledImageView : IDataView
{
    // Rows of one block go to one cursor of a set: few enough to share the work out, many enough to read a file in large pieces.
    private const int RowsPerBlock = 64;

    public LabeledImageView(LabeledImageSource source, bool outputAsFloatArray)
    {
        Source = source;
        var builder = new DataViewSchema.Builder();
        var itemType = outputAsFloatArray ? NumberDataViewType.Single : NumberDataViewType.Byte;
        builder.AddColumn("Features", new VectorDataViewType(itemType, source.Channels, source.Height, source.Width));
        builder.AddColumn("Label", new KeyDataViewType(typeof(uint), source.Classes), source.KeyValues);
        Schema = builder.ToSchema();
    }

    public LabeledImageSource Source { get; }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => Source.IsSeekable;

    public long? GetRowCount() => Source.Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new LabeledImageCursor(this, columnsNeeded, Order(rand), Source.Rows, part: 0, parts: 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        var blocks = (Source.Rows + RowsPerBlock - 1) / RowsPerBlock;
        var parts = Source.IsSeekable ? Math.Clamp(n, 1, Math.Max(1, blocks)) : 1;
        var order = Order(rand);
        return [.. Enumerable.Range(0, parts).Select(part => new LabeledImageCursor(this, columns, order, RowsPerBlock, part, parts))];
    }

    private int[]? Order(Random? random)
    {
        if (random == null || !CanShuffle)
            return null;
        var order = Enumerable.Range(0, Source.Rows).ToArray();
        random.Shuffle(order);
        return order;
    }
}
