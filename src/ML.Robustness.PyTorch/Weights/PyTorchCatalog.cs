using Microsoft.ML.Runtime;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.PyTorch.Weights;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of PyTorch's weights to ML.NET's catalogs.</summary>
public static class PyTorchCatalog
{
    /// <summary>Makes a classifier of a file of weights: a .pth file of <c>torch.save</c>, or a .safetensors file.</summary>
    /// <remarks>
    /// All names, shapes and types must fit the architecture; <see cref="PyTorchWeights.Load"/> says what is converted and left
    /// out, and the log says what was. No code of the file is run.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="path">The file. Its weights go into the model file.</param>
    /// <param name="architecture">
    /// The network of the weights: one of ours, one of <c>TorchVisionArchitecture</c>, or one that you registered
    /// (<see cref="ModelArchitecture.Registered"/>); with the normalisation that its inputs had in Python.
    /// </param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="classNames">The classes' names in the order of the outputs.</param>
    /// <param name="weights">Which weights of the file; null for all.</param>
    /// <param name="options">Further settings; null for the defaults. The architecture takes the place of
    /// <see cref="NetworkOptions.RegisteredName"/>.</param>
    /// <returns>
    /// The fitted classifier: scored, attacked, explained and evaluated like one of <c>AdversarialTraining</c>.
    /// </returns>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, would call code, or is of another architecture.</exception>
    /// <exception cref="ArgumentException">
    /// The architecture takes other inputs, names are missing or alike, or <see cref="NetworkOptions.RegisteredName"/> is set.
    /// </exception>
    /// <exception cref="InvalidOperationException">No network is registered under the architecture's name.</exception>
    public static NeuralClassifierTransformer FromPyTorch(
        this MulticlassClassificationCatalog catalog, string path, ModelArchitecture architecture, InputShape inputShape,
        IReadOnlyList<string> classNames, PyTorchWeightOptions? weights = null, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(classNames);
        if (options?.RegisteredName is { } name)
            throw new ArgumentException(
                $"RegisteredName is '{name}', but FromPyTorch takes the architecture {architecture}: give "
                    + "ModelArchitecture.Registered(name) as the architecture.", nameof(options));
        LibTorch.Require();
        var environment = Environments.Of(catalog);
        var network = architecture.Create(inputShape, classNames.Count, seed: 0);
        try
        {
            var loaded = PyTorchWeights.Read(network, path, weights, $"{architecture}");
            using (var channel = environment.Start("Reading PyTorch weights"))
                channel.Info(MessageSensitivity.None, $"'{path}': {loaded}");
        }
        catch
        {
            network.Dispose();
            throw;
        }
        return ForeignNetwork.ToClassifier(environment, network, null, inputShape, classNames, options, architecture);
    }
}
