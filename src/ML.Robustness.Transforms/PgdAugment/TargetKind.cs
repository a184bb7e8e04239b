namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The kind of target class of an attack.</summary>
public enum TargetKind
{
    /// <summary>
    /// Any class but the label; the one that a column names, where <see cref="PgdAugmentOptions.TargetColumnName"/> is set.
    /// </summary>
    AnyOther,

    /// <summary>The least likely class for the clean row; never the label.</summary>
    LeastLikely,

    /// <summary>
    /// The k-th most likely class for the clean row other than the label; k is <see cref="PgdAugmentOptions.TargetRank"/>.
    /// </summary>
    KthLikely,

    /// <summary>A class other than the label, drawn uniformly from the seed and the row's id.</summary>
    RandomOther,
}
