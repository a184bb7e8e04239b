namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The progress of writing a feature data set.</summary>
/// <param name="Rows">The rows that are safely in the file.</param>
/// <param name="TotalRows">How many there will be; null where the data does not tell before it ends.</param>
public readonly record struct FeatureDatasetProgress(long Rows, long? TotalRows)
{
    /// <summary>The share of rows done, 0 to 1; null if the number of rows is not known.</summary>
    public double? Share => TotalRows is { } total ? total == 0 ? 1 : (double)Rows / total : null;
}
