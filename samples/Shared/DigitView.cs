using Microsoft.ML;
using Microsoft.ML.Data;

namespace Samples.Shared;

/// <summary>Drawn digits as ML.NET sees them: in order, shuffled, or divided among cursors.</summary>
internal sealed class DigitView(int rows, Func<DigitReader> open, bool outputAsFloatArray) : IDataView
{
    // Rows of one block go to one cursor of a set.
    private const int RowsPerBlock = 64;

    public DataViewSchema Schema { get; } = SchemaOf(outputAsFloatArray);

    public bool CanShuffle => true;

    public long? GetRowCount() => rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new DigitCursor(Schema, open(), columnsNeeded, Order(rand), rows, part: 0, parts: 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        var parts = Math.Clamp(n, 1, (rows + RowsPerBlock - 1) / RowsPerBlock);
        var order = Order(rand);
        return [.. Enumerable.Range(0, parts)
            .Select(part => new DigitCursor(Schema, open(), columns, order, RowsPerBlock, part, parts))];
    }

    private int[] Order(Random? random)
    {
        var order = Enumerable.Range(0, rows).ToArray();
        random?.Shuffle(order);
        return order;
    }

    private static DataViewSchema SchemaOf(bool outputAsFloatArray)
    {
        var digits = Enumerable.Range(0, 10).Select(digit => (uint)digit).ToArray();
        ValueGetter<VBuffer<uint>> keyValues = (ref VBuffer<uint> target) =>
            new VBuffer<uint>(digits.Length, digits).CopyTo(ref target);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add("KeyValues", new VectorDataViewType(NumberDataViewType.UInt32, digits.Length), keyValues);

        var builder = new DataViewSchema.Builder();
        var itemType = outputAsFloatArray ? NumberDataViewType.Single : NumberDataViewType.Byte;
        builder.AddColumn("Features", new VectorDataViewType(itemType, 1, DigitPainter.Side, DigitPainter.Side));
        builder.AddColumn("Label", new KeyDataViewType(typeof(uint), digits.Length), annotations.ToAnnotations());
        return builder.ToSchema();
    }
}
