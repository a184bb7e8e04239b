namespace ML.Robustness.AttributionMetrics;

/// <summary>Spearman's rank correlation.</summary>
internal static class RankCorrelation
{
    /// <summary>
    /// The correlation of the ranks, equal values with their mean rank; zero if exactly one of the two is constant.
    /// </summary>
    public static double Of(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        if (one.SequenceEqual(other))
            return 1;
        var (first, second) = (Ranks(one), Ranks(other));
        var middle = (one.Length - 1) / 2.0;
        var (product, squares, otherSquares) = (0.0, 0.0, 0.0);
        for (var i = 0; i < first.Length; i++)
        {
            var (a, b) = (first[i] - middle, second[i] - middle);
            product += a * b;
            squares += a * a;
            otherSquares += b * b;
        }
        return squares > 0 && otherSquares > 0 ? product / Math.Sqrt(squares * otherSquares) : squares == otherSquares ? 1 : 0;
    }

    /// <summary>The ranks from zero; equal values have their mean rank.</summary>
    public static double[] Ranks(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var order = new int[sorted.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (var first = 0; first < sorted.Length;)
        {
            var end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[first])
                end++;
            for (var i = first; i < end; i++)
                ranks[order[i]] = (first + end - 1) / 2.0;
            first = end;
        }
        return ranks;
    }
}
