namespace ML.Robustness.TreeEnsembles;

/// <summary>The form in which the scores of several classes are compared.</summary>
public enum TreeScoreForm
{
    /// <summary>The sums themselves.</summary>
    Raw,

    /// <summary>The softmax of the sums.</summary>
    Softmax,

    /// <summary>The calibrated probability of each class over the sum of all.</summary>
    Probability,
}
