using Microsoft.ML.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The choice of the rows that get an adversarial copy, the copies' placement, and the column that marks them.</summary>
/// <param name="Fraction">The share of rows copied.</param>
/// <param name="Placement">Where copies stand.</param>
/// <param name="MarkColumnName">The column that tells them; null for none.</param>
/// <param name="BatchSize">The rows read at once.</param>
/// <param name="Seed">Chooses, together with each row's id.</param>
internal sealed record PgdAugmentCopies(
    double Fraction, CopyPlacement Placement, string? MarkColumnName, int BatchSize, ulong Seed)
{
    private const ulong Use = 0xC0_91E5;

    private readonly RowSplit _split = new(Fraction, SplitMix64.Derive(Seed, Use));

    internal bool Has(DataViewRowId id) => _split.IsSetAside(RowIdHash.Of(id));

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Fraction);
        writer.Write((byte)Placement);
        writer.Write(MarkColumnName ?? "");
        writer.Write(BatchSize);
        writer.Write(Seed);
    }

    internal static PgdAugmentCopies Read(CheckedReader reader)
    {
        var (fraction, placement, mark) = (reader.ReadDouble(), reader.ReadEnum<CopyPlacement>(), reader.ReadString());
        if (fraction is not (>= 0 and <= 1))
            throw new InvalidDataException($"the share of copied rows is {fraction}, where 0 to 1 was expected");
        return new PgdAugmentCopies(fraction, placement, mark.Length == 0 ? null : mark,
            reader.ReadInt32("the batch size", 1, int.MaxValue), reader.ReadUInt64());
    }
}
