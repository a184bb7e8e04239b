namespace ML.Robustness.FeatureDatasets;

/// <summary>How a row's new class follows from its label.</summary>
public enum TargetAssignment
{
    /// <summary>Uniform over all classes, the label among them (D_rand).</summary>
    Random,

    /// <summary>The class after the label, the first after the last (D_det).</summary>
    Shifted,

    /// <summary>Uniform over the classes other than the label (D_other).</summary>
    Other,
}
