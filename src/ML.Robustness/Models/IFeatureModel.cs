using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>A network with readable features: the inputs of its last layer, a linear classifier.</summary>
/// <remarks>
/// The built-in networks are such, and so is a Sequential that ends in one or in a Linear layer (<see cref="FeatureExtractor"/>).
/// A network of your own implements it, so that Grad-CAM, feature visualisation and robust feature data sets can look inside.
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
    Tensor Classify(Tensor features);
}
