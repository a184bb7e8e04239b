namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>How a model's numbers, one for each class, become its scores.</summary>
internal enum ClassScoreForm
{
    /// <summary>The numbers are the scores.</summary>
    Raw,

    /// <summary>Softmax.</summary>
    Softmax,

    /// <summary>The calibrated probability of each, divided by their sum.</summary>
    Probability,
}
