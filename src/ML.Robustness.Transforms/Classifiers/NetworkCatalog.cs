using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of networks that were trained elsewhere to ML.NET's multiclass catalog.</summary>
public static class NetworkCatalog
{
    /// <summary>Makes a classifier of a TorchSharp network.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="network">
    /// From inputs (N, …) of the shape to logits or probabilities (N, K). The classifier owns it from this call on, in evaluation
    /// mode and without gradients of its parameters, and frees it when it is disposed; it is freed, too, where this call fails.
    /// </param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="classNames">The classes' names in the order of the outputs.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <returns>The fitted classifier: scored, attacked, explained and evaluated like one of
    /// <c>AdversarialTraining</c>.</returns>
    /// <exception cref="ArgumentException">The network has other classes, or names are missing or alike.</exception>
    /// <exception cref="InvalidOperationException">The network fails on such inputs, or returns no (N, K).</exception>
    public static NeuralClassifierTransformer FromModule(
        this MulticlassClassificationCatalog catalog, Module<Tensor, Tensor> network, InputShape inputShape,
        IReadOnlyList<string> classNames, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(classNames);
        return new ForeignNetwork(catalog, inputShape, classNames, options).ToClassifier(network, null);
    }

    /// <summary>Makes a classifier of a TorchScript file, which PyTorch's <c>torch.jit.trace</c> or <c>script</c>
    /// saved.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="path">The file. Its bytes go into the model file.</param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="classNames">The classes' names in the order of the outputs.</param>
    /// <param name="trusted">Must be true: the file is code that runs in this process.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <returns>
    /// The fitted classifier. Processes that load it call <see cref="TorchScriptNetwork.AllowInModelFiles"/> first.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="trusted"/> is false, the network has other classes, or names are missing or alike.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no TorchScript, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The network fails on such inputs, or returns no (N, K).</exception>
    public static NeuralClassifierTransformer FromTorchScript(
        this MulticlassClassificationCatalog catalog, string path, InputShape inputShape, IReadOnlyList<string> classNames,
        bool trusted, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classNames);
        return FromTorchScript(new ForeignNetwork(catalog, inputShape, classNames, options), path, trusted);
    }

    internal static NeuralClassifierTransformer FromTorchScript(ForeignNetwork made, string path, bool trusted)
    {
        LibTorch.Require();
        var network = TorchScriptNetwork.Load(path, trusted);
        return made.ToClassifier(network, new NetworkFile(NetworkFile.TorchScript, network.Content));
    }
}
