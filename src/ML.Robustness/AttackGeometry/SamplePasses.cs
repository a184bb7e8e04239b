namespace ML.Robustness.AttackGeometry;

/// <summary>Which samples of which rows go through the network together, where an attack asks for many of each row.</summary>
internal static class SamplePasses
{
    /// <summary>Rows of fewer values are short: more of them go through the network at once.</summary>
    private const int LongRow = 256;

    /// <summary>The most rows of a pass: a batch, or as many short rows as have the values of a batch of longer ones.</summary>
    /// <param name="batchSize">The attack's batch size.</param>
    /// <param name="length">The number of values of a row.</param>
    public static int Size(int batchSize, long length) =>
        (int)Math.Min(Array.MaxLength, batchSize * Math.Max(1, LongRow / Math.Max(1, length)));

    /// <summary>The passes of a batch that take so many samples of each row, for progress only.</summary>
    /// <param name="samples">The samples of a row.</param>
    /// <param name="length">The number of values of a row where it is known.</param>
    public static long Expected(long samples, int? length) => Math.Max(1, samples / Size(1, length ?? LongRow));

    /// <summary>Splits the samples into passes: first that of number zero of each row, then that of number one, …</summary>
    /// <param name="counts">How many samples each row has.</param>
    /// <param name="size">The most samples of a pass.</param>
    /// <returns>For each pass the places of the rows in <paramref name="counts"/> and the numbers of their samples.</returns>
    public static IEnumerable<(int[] Places, int[] Samples)> Split(int[] counts, int size)
    {
        var left = counts.Sum(static count => (long)count);
        var (places, samples) = (new int[Math.Min(size, left)], new int[Math.Min(size, left)]);
        var filled = 0;
        for (var sample = 0; left > 0; sample++)
        {
            for (var place = 0; place < counts.Length; place++)
            {
                if (counts[place] <= sample)
                    continue;
                (places[filled], samples[filled]) = (place, sample);
                if (++filled < places.Length)
                    continue;
                yield return (places, samples);
                left -= filled;
                filled = 0;
                (places, samples) = (new int[Math.Min(size, left)], new int[Math.Min(size, left)]);
            }
        }
    }
}
