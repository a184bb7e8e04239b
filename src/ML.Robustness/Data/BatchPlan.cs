namespace ML.Robustness.Data;

/// <summary>The division of rows into batches: full ones, then the rest; a rest of one row joins the batch before it.</summary>
internal static class BatchPlan
{
    internal static void Check(int batchSize) => ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);

    internal static long Count(long rows, int batchSize)
    {
        var rest = rows % batchSize;
        return rows / batchSize + (rest > 1 || (rest == 1 && rows == 1) ? 1 : 0);
    }

    internal static IEnumerable<(long Start, int Count)> Of(long rows, int batchSize)
    {
        var batches = Count(rows, batchSize);
        for (var batch = 0L; batch < batches; batch++)
        {
            var start = batch * batchSize;
            yield return (start, (int)(batch < batches - 1 ? batchSize : rows - start));
        }
    }
}
