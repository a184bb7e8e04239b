using static TorchSharp.torch;

namespace ML.Robustness.Objectives;

/// <summary>What a training objective gives for one batch.</summary>
/// <param name="Loss">The loss to be minimised, a scalar tensor with a graph.</param>
/// <param name="CleanLogits">The logits of the inputs as they came, (N, K), where the objective needs them.</param>
/// <param name="AdversarialLogits">The logits of the crafted inputs, (N, K), where the objective crafts any.</param>
public readonly record struct ObjectiveLoss(Tensor Loss, Tensor? CleanLogits = null, Tensor? AdversarialLogits = null);
