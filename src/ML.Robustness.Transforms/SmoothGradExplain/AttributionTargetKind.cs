namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>Which score of each row a <c>SmoothGradExplain</c> step explains.</summary>
public enum AttributionTargetKind
{
    /// <summary>That of the class which the classifier predicts.</summary>
    PredictedClass,

    /// <summary>That of the row's label.</summary>
    Label,

    /// <summary>That of one class, the same for all rows.</summary>
    Class,

    /// <summary>The margin between two classes: what speaks for the one rather than the other.</summary>
    Margin,
}
