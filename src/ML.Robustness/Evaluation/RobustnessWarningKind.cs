namespace ML.Robustness.Evaluation;

/// <summary>What may make a robust accuracy worth less than it seems.</summary>
public enum RobustnessWarningKind
{
    /// <summary>
    /// An attack without gradients broke rows that the gradient attacks had left robust: the gradients are masked.
    /// </summary>
    MaskedGradients,

    /// <summary>The gradient of the margin is zero in some rows, so that gradient attacks have nothing to follow.</summary>
    ZeroGradients,

    /// <summary>
    /// The gradient of the cross-entropy is zero in some rows, since the network is too sure of them, and no attack maximises
    /// another loss.
    /// </summary>
    SaturatedLoss,

    /// <summary>The network gives other outputs for the same rows on each pass.</summary>
    RandomOutputs,

    /// <summary>The outputs are probabilities, where logits are expected: the losses saturate.</summary>
    ProbabilityOutputs,

    /// <summary>A search of many more steps still breaks rows that all attacks left robust.</summary>
    StillFalling,

    /// <summary>
    /// The radius is so large that rows of different classes lie in each other's reach: no classifier could be right on both.
    /// </summary>
    EpsilonTooLarge,

    /// <summary>No attack could use gradients; those that can would break more.</summary>
    NoGradients,
}
