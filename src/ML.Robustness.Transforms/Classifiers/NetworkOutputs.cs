namespace ML.Robustness.Transforms.Classifiers;

/// <summary>What a network's outputs are.</summary>
public enum NetworkOutputs
{
    /// <summary>What a few rows show: probabilities where outputs are none below zero and sum to one, else logits.</summary>
    Detected,

    /// <summary>Scores before a softmax.</summary>
    Logits,

    /// <summary>Probabilities, whose logarithm is taken: attacks need logits. Leave the softmax out where you can.</summary>
    Probabilities,
}
