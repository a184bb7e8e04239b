using ML.Robustness.Numerics;

namespace ML.Robustness.Transforms.Rows;

/// <summary>
/// Sets a share of the rows aside by chance: the seed and the row's number decide, whatever the order of reading.
/// </summary>
internal readonly record struct RowSplit(double Fraction, ulong Seed)
{
    private const ulong Use = 0x5EED_0F_5EA7;

    internal bool IsSetAside(long row) =>
        Fraction > 0 && (SplitMix64.Derive(SplitMix64.Derive(Seed, Use), (ulong)row) >> 11) * (1.0 / (1UL << 53)) < Fraction;
}
