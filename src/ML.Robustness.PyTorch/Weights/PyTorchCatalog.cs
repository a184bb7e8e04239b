using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.PyTorch.Weights;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

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
        ArgumentNullException.ThrowIfNull(classNames);
        return Make(Environments.Of(catalog), new ForeignNetwork(catalog, inputShape, classNames, options), path, architecture,
            inputShape, classNames.Count, weights, options);
    }

    internal static NeuralClassifierTransformer Make(
        IHostEnvironment environment, ForeignNetwork made, string path, ModelArchitecture architecture, InputShape inputShape,
        int classes, PyTorchWeightOptions? weights, NetworkOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(architecture);
        if (options?.RegisteredName is { } name)
            throw new ArgumentException(
                $"RegisteredName is '{name}', but FromPyTorch takes the architecture {architecture}: give "
                    + "ModelArchitecture.Registered(name) as the architecture.", nameof(options));
        var layers = LayersOf(architecture, options);
        LibTorch.Require();
        NetworkInput.CheckSizes(inputShape, classes);
        return made.ToClassifier(Make(architecture, inputShape, classes), architecture.Source, layers, network =>
        {
            var loaded = PyTorchWeights.Read(network, path, weights, $"{architecture}");
            using var channel = environment.Start("Reading PyTorch weights");
            channel.Info(MessageSensitivity.None, $"'{path}': {loaded}");
        });
    }

    private static Module<Tensor, Tensor> Make(ModelArchitecture architecture, InputShape inputShape, int classes)
    {
        using var recording = new RecordingScope();
        using var seed = new SeedScope(0);
        return architecture.Source.Make(inputShape, classes);
    }

    private static NetworkAdapter? LayersOf(ModelArchitecture architecture, NetworkOptions? options)
    {
        var own = architecture.Adapter with { Outputs = OutputForm.Logits };
        if (own == NetworkAdapter.None)
            return null;
        return options is null || options.InputAdapter == NetworkAdapter.None ? own
            : throw new ArgumentException(
                $"The architecture {architecture} has layers before the network, and so have the options (Mean, IsChannelsLast). "
                    + "Set one of the two.", nameof(options));
    }
}
