using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>A network with readable features: the inputs of its last layer, a linear classifier.</summary>
/// <remarks>
/// The built-in networks are such. <see cref="FeatureExtractor"/> makes one of any other network that ends in a linear layer, or
/// of a layer that is named. A network of your own may implement it to say itself what its features and its feature maps are.
/// </remarks>
public interface IFeatureModel
{
    /// <summary>Computes the features.</summary>
    /// <param name="input">(N, …), as the network takes them.</param>
    /// <param name="passesRectifier">
    /// Whether gradients pass the last rectifier as though it were not there, so that a search can reach units that are silent at
    /// its start; values do not change.
    /// </param>
    /// <returns>The features; the caller disposes both tensors.</returns>
    NetworkFeatures Extract(Tensor input, bool passesRectifier = false);

    /// <summary>Computes the logits of features: what the network's <c>forward</c> does after <see cref="Extract"/>.</summary>
    /// <param name="features">(N, F), as <see cref="NetworkFeatures.Values"/>.</param>
    /// <returns>(N, classes); the caller disposes.</returns>
    /// <exception cref="NotSupportedException">It is not known what follows the features: take
    /// <see cref="NetworkFeatures.Logits"/>.</exception>
    Tensor Classify(Tensor features);
}
