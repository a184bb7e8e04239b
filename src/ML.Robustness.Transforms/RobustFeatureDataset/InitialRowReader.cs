using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The reader of the initial rows: the features of all rows, read once; bytes stay bytes.</summary>
internal static class InitialRowReader
{
    private const int BlockValues = 1 << 22;

    internal static InitialRows Read(IDataView data, FeatureColumn features, CancellationToken cancellation)
    {
        var count = Count(data);
        if (count < 2)
            throw new InvalidOperationException(
                $"The data given to Fit have {count} rows, but each search starts from another row: give two or more. Check " +
                "the path of the file, and the filters before this step.");
        using var scope = NewDisposeScope();
        var inputs = empty(features.Shape.Batch(count), features.IsBytes ? ScalarType.Byte : ScalarType.Float32);
        var numbers = new long[count];
        var capacity = (int)Math.Clamp(BlockValues / features.Shape.Length, 1, count);
        using var cursor = data.GetRowCursor([data.Schema[features.Name]]);
        var (block, getId, id) = (FeatureBlock.Over(cursor, data.Schema[features.Name], features, capacity), cursor.GetIdGetter(),
            default(DataViewRowId));
        var read = 0L;
        for (; cursor.MoveNext(); read++)
        {
            if (read == count)
                throw Changed(count, "more");
            getId(ref id);
            numbers[read] = RowIdHash.Of(id);
            block.Add();
            block.CheckFinite();
            if (block.Count < capacity && read + 1 < count)
                continue;
            cancellation.ThrowIfCancellationRequested();
            using (var rows = block.ToTensor())
            using (var place = inputs.narrow(0, read + 1 - block.Count, block.Count))
                place.copy_(rows);
            block.Clear();
        }

        return read == count ? new InitialRows(inputs, numbers) : throw Changed(count, $"{read}");
    }

    // A pass without columns, which is quick where the source does not know.
    private static long Count(IDataView data)
    {
        if (data.GetRowCount() is { } known)
            return known;
        using var cursor = data.GetRowCursor([]);
        var count = 0L;
        while (cursor.MoveNext())
            count++;
        return count;
    }

    private static InvalidOperationException Changed(long promised, string found) =>
        new(
            $"The data had {promised} rows on the first pass and {found} on the second: they must be the same on every pass. " +
            "Keep them in memory with ml.Data.Cache first.");
}
