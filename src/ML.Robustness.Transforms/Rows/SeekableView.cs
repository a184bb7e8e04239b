using Microsoft.ML;

namespace ML.Robustness.Transforms.Rows;

/// <summary>Numbered rows as ML.NET sees them: in order, shuffled, or shared out among cursors.</summary>
internal abstract class SeekableView(DataViewSchema schema) : IDataView
{
    // Rows of one block go to one cursor of a set: few enough to share the work out, many enough to read a file in large pieces.
    private const int RowsPerBlock = 64;

    public DataViewSchema Schema { get; } = schema;

    /// <summary>Whether rows can be had in any order; if not, only forwards.</summary>
    public abstract bool CanShuffle { get; }

    internal abstract int Rows { get; }

    public long? GetRowCount() => Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        CreateCursor(new SeekableCursor.Plan(columnsNeeded, Order(rand), Rows, Part: 0, Parts: 1));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        var blocks = (Rows + RowsPerBlock - 1) / RowsPerBlock;
        var parts = CanShuffle ? Math.Clamp(n, 1, Math.Max(1, blocks)) : 1;
        var order = Order(rand);
        return [
            .. Enumerable.Range(0, parts)
            .Select(part => CreateCursor(new SeekableCursor.Plan(columns, order, RowsPerBlock, part, parts)))];
    }

    internal abstract SeekableCursor CreateCursor(SeekableCursor.Plan plan);

    private int[]? Order(Random? random)
    {
        if (random == null || !CanShuffle)
            return null;
        var order = Enumerable.Range(0, Rows).ToArray();
        random.Shuffle(order);
        return order;
    }
}
