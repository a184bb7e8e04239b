namespace ML.Robustness.AttributionMetrics;

/// <summary>The correlation of attributions with the original ones once a layer and all after it are randomised.</summary>
/// <param name="Layer">The layer's name in the network.</param>
/// <param name="Correlation">Spearman's rank correlation with the original attributions, −1 to 1, the mean over rows.</param>
public readonly record struct LayerCorrelation(string Layer, MeanWithError Correlation);
