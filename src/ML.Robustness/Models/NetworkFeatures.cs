using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>The features that a network computes of a batch before its last layer.</summary>
/// <param name="Values">(N, F), the penultimate features: the inputs of the last linear layer.</param>
/// <param name="Maps">(N, C, H, W), the last feature maps, whose values still have places in the image; null where a network has
/// none.</param>
public readonly record struct NetworkFeatures(Tensor Values, Tensor? Maps);
