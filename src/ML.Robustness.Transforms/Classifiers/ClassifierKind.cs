namespace ML.Robustness.Transforms.Classifiers;

/// <summary>Which of ML.NET's kinds of trainers a classifier's columns are like.</summary>
internal enum ClassifierKind : byte
{
    /// <summary><c>PredictedLabel</c>, a key, and <c>Score</c>, the probability of each class.</summary>
    Multiclass,

    /// <summary>
    /// <c>PredictedLabel</c>, Boolean, <c>Score</c>, the logit of the second class less that of the first, and
    /// <c>Probability</c>, that of the second class.
    /// </summary>
    Binary,
}
