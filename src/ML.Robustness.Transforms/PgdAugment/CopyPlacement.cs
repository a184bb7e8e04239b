namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Where adversarial copies stand among the rows they were made of.</summary>
public enum CopyPlacement
{
    /// <summary>Each copy directly after its row, so that every part of the data has both.</summary>
    Interleaved,

    /// <summary>All copies after all rows; they are kept in memory until then.</summary>
    Following,
}
