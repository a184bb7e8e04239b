namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>The score that a <c>SmoothGradExplain</c> step attributes.</summary>
public enum AttributionTargetKind
{
    /// <summary>The score of the predicted class.</summary>
    PredictedClass,

    /// <summary>The score of the row's label.</summary>
    Label,

    /// <summary>The score of one class, the same for all rows.</summary>
    Class,

    /// <summary>The margin between two classes: the score of one minus that of the other.</summary>
    Margin,
}
