namespace ML.Robustness.FeatureAnalysis;

/// <summary>The features of a network that a linear classifier is trained on.</summary>
public enum FeatureSource
{
    /// <summary>The penultimate features: the inputs of the last layer.</summary>
    Penultimate,

    /// <summary>The logits; for a network of one linear layer, as many linear features as there are classes.</summary>
    Outputs,
}
