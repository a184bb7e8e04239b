using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>The features that a network computes of a batch before its last layer, or in a layer that was named.</summary>
/// <param name="Values">(N, F), the penultimate features: the inputs of the last linear layer; of a layer that was named, its
/// flattened output.</param>
/// <param name="Maps">(N, C, H, W), the last feature maps, whose values still have places in the image, or those of a layer that
/// was named; null where there are none.</param>
public readonly record struct NetworkFeatures(Tensor Values, Tensor? Maps)
{
    /// <summary>(N, classes), the logits of the same pass, in one graph with the features.</summary>
    /// <value>The default is null: <see cref="IFeatureModel.Classify"/> computes them.</value>
    public Tensor? Logits { get; init; }
}
