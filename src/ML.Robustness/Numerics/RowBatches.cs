namespace ML.Robustness.Numerics;

/// <summary>The division of rows into batches of bounded size.</summary>
internal static class RowBatches
{
    /// <summary>The first row and the number of rows of each batch, in order; the last batch may be smaller.</summary>
    public static IEnumerable<(long First, long Count)> Split(long rows, int batchSize)
    {
        for (long first = 0; first < rows; first += batchSize)
            yield return (first, Math.Min(batchSize, rows - first));
    }
}
