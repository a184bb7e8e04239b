using ML.Robustness.Numerics;

namespace ML.Robustness.TreeEnsembles;

/// <summary>What the search knows of candidate rows that it has tried: they give no leaf tuple below a known one.</summary>
/// <remarks>
/// Many leaves of many trees move the row to the same place, and descents from different starts meet. Of two candidates with
/// one place in the table the later one stays, so that its size bounds the memory and changes no result.
/// </remarks>
internal sealed class CandidateMemory
{
    private const int Size = 1 << 11;

    private readonly (ulong Key, double Cost, double Second)[] _entries = new (ulong, double, double)[Size];

    /// <summary>The key of a row: the sum of its features' keys.</summary>
    internal static ulong KeyOf(ReadOnlySpan<float> row)
    {
        var key = 0UL;
        for (var feature = 0; feature < row.Length; feature++)
            key += KeyOf(feature, row[feature]);
        return key;
    }

    internal static ulong KeyOf(int feature, float value) => SplitMix64.Mix(
        BitConverter.SingleToUInt32Bits(value) + (((ulong)feature + 1) * SplitMix64.Golden));

    /// <summary>Whether a candidate may give a leaf tuple below another one.</summary>
    internal bool MayBeBelow(ulong key, LeafTuple other)
    {
        ref readonly var entry = ref _entries[key % Size];
        return entry.Key != key || LeafTuple.IsBelow(entry.Cost, entry.Second, other);
    }

    /// <summary>Notes that a candidate gives no leaf tuple below a cost and a second norm.</summary>
    internal void Add(ulong key, double cost, double second = 0) => _entries[key % Size] = (key, cost, second);
}
