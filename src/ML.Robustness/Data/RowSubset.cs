using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>A subset of a data set's rows, with their positions in it.</summary>
internal sealed class RowSubset(LabeledBatch batch, int[] places) : IDisposable
{
    internal LabeledBatch Batch { get; } = batch;

    internal int[] Places { get; } = places;

    /// <summary>Reads a data set once and collects the rows at given positions into full batches.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="places">Places of rows, ascending.</param>
    /// <param name="batchSize">Rows a batch; only the last may have fewer.</param>
    internal static IEnumerable<RowSubset> Of(LabeledDataset data, IReadOnlyList<int> places, int batchSize)
    {
        var (next, start) = (0, 0);
        var parts = new List<LabeledBatch>();
        var waiting = 0;
        try
        {
            foreach (var batch in next < places.Count ? data.Batches(batchSize, null) : [])
            {
                using (batch)
                {
                    var first = next;
                    while (next < places.Count && places[next] < start + batch.Count)
                        next++;
                    // A batch is cut where the one that is being put together is full.
                    while (first < next)
                    {
                        var count = Math.Min(next - first, batchSize - waiting);
                        parts.Add(Select(batch, [.. Enumerable.Range(first, count).Select(i => (long)places[i] - start)]));
                        (first, waiting) = (first + count, waiting + count);
                        if (waiting == batchSize || (first == places.Count && waiting > 0))
                        {
                            yield return new RowSubset(Join(parts),
                                [.. Enumerable.Range(first - waiting, waiting).Select(i => places[i])]);
                            waiting = 0;
                        }
                    }
                    start += batch.Count;
                }
                if (next == places.Count)
                    yield break;
            }
            if (next < places.Count)
                throw new InvalidOperationException(
                    $"The data set gave {start} rows on this pass, fewer than before: rows must be the same on each.");
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    public void Dispose() => Batch.Dispose();

    private static LabeledBatch Select(LabeledBatch batch, long[] positions)
    {
        using var scope = NewDisposeScope();
        var chosen = tensor(positions, device: CPU).to(batch.Inputs.device);
        return new LabeledBatch(
            batch.Inputs.index_select(0, chosen), batch.Labels.index_select(0, chosen),
            Array.ConvertAll(positions, position => batch.RowNumbers[position]));
    }

    private static LabeledBatch Join(List<LabeledBatch> parts)
    {
        if (parts is [var only])
        {
            parts.Clear();
            return only;
        }
        using var scope = NewDisposeScope();
        var joined = new LabeledBatch(
            cat(parts.ConvertAll(part => part.Inputs)), cat(parts.ConvertAll(part => part.Labels)),
            [.. parts.SelectMany(part => part.RowNumbers)]);
        parts.ForEach(part => part.Dispose());
        parts.Clear();
        return joined;
    }
}
