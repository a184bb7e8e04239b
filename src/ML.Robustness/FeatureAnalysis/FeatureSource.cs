namespace ML.Robustness.FeatureAnalysis;

/// <summary>Which features of a network a linear classifier is given.</summary>
public enum FeatureSource
{
    /// <summary>The inputs of the last layer.</summary>
    Penultimate,

    /// <summary>The logits: for a network of one linear layer, as many linear features as there are classes.</summary>
    Outputs,
}
