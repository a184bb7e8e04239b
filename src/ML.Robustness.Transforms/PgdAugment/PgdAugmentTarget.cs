using ML.Robustness.Attacks;
using ML.Robustness.Persistence;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The target of the attack on each row.</summary>
/// <param name="ColumnName">The column of classes to reach; null where a rule chooses.</param>
/// <param name="Kind">The rule.</param>
/// <param name="Rank">k of <see cref="TargetKind.KthLikely"/>.</param>
internal sealed record PgdAugmentTarget(string? ColumnName, TargetKind Kind, int Rank)
{
    internal static PgdAugmentTarget Of(PgdAugmentOptions options, int classes)
    {
        var (column, kind, rank) = (options.TargetColumnName, options.Target, options.TargetRank);
        if (column is not null && kind != TargetKind.AnyOther)
            throw new ArgumentException(
                $"Options.TargetColumnName is '{column}' and Options.Target is {kind}, but a row has one target: from a " +
                "column or by a rule. Leave one of the two at its default.", nameof(options));
        if (rank != 1 && kind != TargetKind.KthLikely)
            throw new ArgumentException(
                $"Options.TargetRank is {rank}, but Options.Target is {kind}, which counts no ranks. Set Target to " +
                $"{TargetKind.KthLikely}, or leave TargetRank at 1.", nameof(options));
        if (rank > classes - 1)
            throw new ArgumentException(
                $"Options.TargetRank is {rank}, but the classifier has {classes} classes: the others of a row have ranks 1 to " +
                $"{classes - 1}.", nameof(options));
        return new PgdAugmentTarget(column, kind, rank);
    }

    /// <summary>The goal of rows with these labels, and these targets where a column gives them.</summary>
    internal AttackGoal Goal(Tensor labels, Tensor? targets) => targets is not null ? AttackGoal.Targeted(targets) : Kind switch
    {
        TargetKind.LeastLikely => AttackGoal.LeastLikely(labels),
        TargetKind.KthLikely => AttackGoal.KthLikely(labels, Rank),
        TargetKind.RandomOther => AttackGoal.RandomOther(labels),
        _ => AttackGoal.Untargeted(labels),
    };

    internal void Write(BinaryWriter writer)
    {
        writer.Write(ColumnName ?? "");
        writer.Write((byte)Kind);
        writer.Write(Rank);
    }

    internal static PgdAugmentTarget Read(CheckedReader reader)
    {
        var column = reader.ReadString() is { Length: > 0 } name ? name : null;
        return new PgdAugmentTarget(
            column, reader.ReadEnum<TargetKind>(), reader.ReadInt32("the rank of the target", 1, FileLimits.Classes));
    }
}
