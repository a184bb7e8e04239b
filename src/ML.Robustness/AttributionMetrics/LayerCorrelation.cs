namespace ML.Robustness.AttributionMetrics;

/// <summary>How much of the maps is left once a layer, and all after it, forgot what they learned.</summary>
/// <param name="Layer">The layer's name in the network.</param>
/// <param name="Correlation">Spearman's rank correlation of the maps before and after, −1 to 1, the mean over rows.</param>
public readonly record struct LayerCorrelation(string Layer, MeanWithError Correlation);
