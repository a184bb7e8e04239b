namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Which class an adversarial example is to reach.</summary>
public enum TargetKind
{
    /// <summary>
    /// Any class but the label; the one that a column names, where <see cref="PgdAugmentOptions.TargetColumnName"/> is set.
    /// </summary>
    AnyOther,

    /// <summary>The class that the classifier holds least likely for the row as it is; never the label.</summary>
    LeastLikely,

    /// <summary>
    /// The k-th most likely of the classes that are not the label, for the row as it is; k is
    /// <see cref="PgdAugmentOptions.TargetRank"/>.
    /// </summary>
    KthLikely,

    /// <summary>Another class, drawn evenly from the seed and the row's id.</summary>
    RandomOther,
}
