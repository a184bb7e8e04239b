namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>How far the writing of a feature data set is.</summary>
/// <param name="Rows">The rows that are safely in the file.</param>
/// <param name="TotalRows">How many there will be; null where the data does not tell before it ends.</param>
public readonly record struct FeatureDatasetProgress(long Rows, long? TotalRows)
{
    /// <summary>The share that is done, 0 to 1; null where the number of rows is not known.</summary>
    public double? Share => TotalRows is { } total ? total == 0 ? 1 : (double)Rows / total : null;
}
