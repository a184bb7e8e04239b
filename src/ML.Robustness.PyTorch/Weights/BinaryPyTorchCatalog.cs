using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.PyTorch.Weights;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of PyTorch's weights to ML.NET's binary catalog.</summary>
public static class BinaryPyTorchCatalog
{
    private const int Classes = 2;

    /// <summary>Makes a binary classifier of a file of weights: a .pth file of <c>torch.save</c>, or a .safetensors
    /// file.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification</c>.</param>
    /// <param name="path">The file. Its weights go into the model file.</param>
    /// <param name="architecture">The network of the weights, made for two classes; a registered one may have one output.</param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="weights">Which weights of the file; null for all.</param>
    /// <param name="options">Further settings; null for the defaults. The architecture takes the place of
    /// <see cref="NetworkOptions.RegisteredName"/>.</param>
    /// <returns>The fitted classifier, with the columns of ML.NET's binary trainers.</returns>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, would call code, or is of another architecture.</exception>
    /// <exception cref="ArgumentException">
    /// The architecture takes other inputs, has other outputs, or one whose kind is not told; or
    /// <see cref="NetworkOptions.RegisteredName"/> is set.
    /// </exception>
    /// <exception cref="InvalidOperationException">No network is registered under the architecture's name.</exception>
    public static NeuralClassifierTransformer FromPyTorch(
        this BinaryClassificationCatalog catalog, string path, ModelArchitecture architecture, InputShape inputShape,
        PyTorchWeightOptions? weights = null, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return PyTorchCatalog.Make(Environments.Of(catalog), new ForeignNetwork(catalog, inputShape, null, options), path,
            architecture, inputShape, Classes, weights, options);
    }
}
