namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>Where a feature visualisation starts.</summary>
public enum VisualizationStartKind
{
    /// <summary>Gaussian noise around the middle of the range.</summary>
    Noise,

    /// <summary>The mean of the rows given.</summary>
    Mean,

    /// <summary>The first rows given, one after the other.</summary>
    Rows,
}
