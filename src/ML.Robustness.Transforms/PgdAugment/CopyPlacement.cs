namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The placement of adversarial copies among the rows.</summary>
public enum CopyPlacement
{
    /// <summary>Each copy directly after its row, so that every part of the data has both.</summary>
    Interleaved,

    /// <summary>All copies after all rows; they are kept in memory until then.</summary>
    Following,
}
