namespace ML.Robustness.FeatureDatasets;

/// <summary>The assignment of a row's new class.</summary>
public enum TargetAssignment
{
    /// <summary>The class is uniform over all classes, the label included (D_rand).</summary>
    Random,

    /// <summary>The class is the one after the label, the first after the last (D_det).</summary>
    Shifted,

    /// <summary>The class is uniform over the classes other than the label (D_other).</summary>
    Other,
}
