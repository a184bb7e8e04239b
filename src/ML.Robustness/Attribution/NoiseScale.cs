namespace ML.Robustness.Attribution;

/// <summary>The range of which <see cref="SmoothedAttribution.Noise"/> is a share.</summary>
public enum NoiseScale
{
    /// <summary>The range of allowed values, the same for all rows: <see cref="SmoothedAttribution.Range"/>.</summary>
    ValueRange,

    /// <summary>Each row's own range, its greatest value minus its least, as in the SmoothGrad paper.</summary>
    RowRange,
}
