namespace ML.Robustness.Numerics;

/// <summary>A sequence of random numbers for shuffling (SplitMix64): the same on every machine.</summary>
internal struct SplitMix64(ulong seed)
{
    /// <summary>The number by which the state grows at each draw: 2⁶⁴ over the golden ratio.</summary>
    internal const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>
    /// Draws a number from 0 to below the bound (the high half of a 128-bit product), with a bias too small to be seen.
    /// </summary>
    internal long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    internal ulong Next() => Mix(_state += Golden);

    /// <summary>The random number of a state: an invertible mixing of all its bits.</summary>
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>A derived seed for another use of the same one.</summary>
    internal static ulong Derive(ulong seed, ulong use) =>
        new SplitMix64(new SplitMix64(seed).Next() ^ new SplitMix64(~use).Next()).Next();

    /// <summary>A random order of 0 … count − 1 (Fisher-Yates).</summary>
    internal static long[] Permutation(long count, ulong seed)
    {
        var random = new SplitMix64(seed);
        var order = new long[count];
        for (var i = 0L; i < count; i++)
        {
            var other = random.Below(i + 1);
            order[i] = order[other];
            order[other] = i;
        }

        return order;
    }
}
