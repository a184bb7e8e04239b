using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of networks that were trained elsewhere to ML.NET's binary catalog.</summary>
public static class BinaryNetworkCatalog
{
    /// <summary>Makes a binary classifier of a TorchSharp network.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification</c>.</param>
    /// <param name="network">
    /// From inputs (N, …) of the shape to the numbers of false and true (N, 2), or to that of true alone (N, 1) or (N). The
    /// classifier owns it from this call on, as that of the multiclass catalog does.
    /// </param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <returns>The fitted classifier, with the columns of ML.NET's binary trainers.</returns>
    /// <exception cref="ArgumentException">The network has other outputs, or one whose kind is not told.</exception>
    /// <exception cref="InvalidOperationException">The network fails on such inputs, or returns other shapes.</exception>
    public static NeuralClassifierTransformer FromModule(
        this BinaryClassificationCatalog catalog, Module<Tensor, Tensor> network, InputShape inputShape,
        NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        return new ForeignNetwork(catalog, inputShape, null, options).ToClassifier(network, null);
    }

    /// <summary>Makes a binary classifier of a TorchScript file.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification</c>.</param>
    /// <param name="path">The file, whose outputs are (N, 2), (N, 1) or (N). Its bytes go into the model file.</param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="trusted">Must be true: the file is code that runs in this process.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <returns>
    /// The fitted classifier, with the columns of ML.NET's binary trainers. Processes that load it call
    /// <see cref="TorchScriptNetwork.AllowInModelFiles"/> first.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="trusted"/> is false, or the network has other outputs, or one whose kind is not told.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no TorchScript, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The network fails on such inputs, or returns other shapes.</exception>
    public static NeuralClassifierTransformer FromTorchScript(
        this BinaryClassificationCatalog catalog, string path, InputShape inputShape, bool trusted,
        NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return NetworkCatalog.FromTorchScript(new ForeignNetwork(catalog, inputShape, null, options), path, trusted);
    }
}
