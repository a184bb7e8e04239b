using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Graph;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Transforms.Classifiers;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of ONNX files to ML.NET's multiclass catalog.</summary>
public static class OnnxCatalog
{
    /// <summary>Makes a classifier of an ONNX file: with gradients, so that it can be attacked, explained and
    /// adversarially trained.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="path">The file. It goes into the model file, with the data that it keeps in files beside it.</param>
    /// <param name="classNames">The classes' names in the order of the outputs.</param>
    /// <param name="inputShape">The shape of one row; null where the file declares it.</param>
    /// <param name="graph">Which input and output of the graph; null where it has one of each.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <returns>
    /// The fitted classifier: scored, attacked, explained and evaluated like one of <c>AdversarialTraining</c>. Processes that
    /// load it reference this package, too.
    /// </returns>
    /// <exception cref="IOException">The file, or one with its data, is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no ONNX model, is damaged or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The graph has an operator, or an attribute of one, that is not
    /// supported.</exception>
    /// <exception cref="ArgumentException">
    /// The graph has several inputs or outputs, or not the ones asked for; its shape is open and none is given; it has other
    /// classes, or names are missing or alike.
    /// </exception>
    /// <exception cref="InvalidOperationException">The graph fails on such inputs, or returns no (N, K).</exception>
    public static NeuralClassifierTransformer FromOnnx(
        this MulticlassClassificationCatalog catalog, string path, IReadOnlyList<string> classNames,
        InputShape? inputShape = null, OnnxNetworkOptions? graph = null, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classNames);
        return Make(path, graph, inputShape, options, (shape, given) => new ForeignNetwork(catalog, shape, classNames, given));
    }

    /// <summary>A classifier of a graph in a step of <c>ApplyOnnxModel</c>; its classes have no names.</summary>
    internal static NeuralClassifierTransformer FromStep(MLContext context, byte[] graph, string output)
    {
        LibTorch.Require();
        var content = OnnxContent.Of(OnnxFile.Read(graph), new OnnxNetworkOptions { OutputName = output });
        return Make(content, null, new NetworkOptions { FeatureColumnName = content.Network.InputName },
            (shape, options) => new ForeignNetwork(context.MulticlassClassification, shape, null, options));
    }

    internal static NeuralClassifierTransformer Make(
        string path, OnnxNetworkOptions? graph, InputShape? inputShape, NetworkOptions? options,
        Func<InputShape, NetworkOptions?, ForeignNetwork> of)
    {
        LibTorch.Require();
        return Make(OnnxContent.Load(path, graph), inputShape, options, of);
    }

    private static NeuralClassifierTransformer Make(
        (OnnxNetwork Network, byte[] Bytes) content, InputShape? inputShape, NetworkOptions? options,
        Func<InputShape, NetworkOptions?, ForeignNetwork> of)
    {
        try
        {
            return of(inputShape ?? ShapeOf(content.Network, options?.IsChannelsLast ?? false), options)
                .ToClassifier(content.Network, new NetworkFile(NetworkFile.Onnx, content.Bytes));
        }
        catch
        {
            content.Network.Dispose();
            throw;
        }
    }

    private static InputShape ShapeOf(OnnxNetwork network, bool isChannelsLast) => network.InputShape.Skip(1).ToArray() switch
    {
        [{ } length] => InputShape.Vector((int)length),
        [{ } height, { } width, { } channels] when isChannelsLast => new InputShape((int)channels, (int)height, (int)width),
        [not (1 or 3 or 4), _, 1 or 3 or 4] => throw new ArgumentException(
            $"Input '{network.InputName}' of the graph looks like an image whose channels come last: set "
            + "NetworkOptions.IsChannelsLast, or give inputShape where they come first.", nameof(network)),
        [{ } channels, { } height, { } width] => new InputShape((int)channels, (int)height, (int)width),
        var sizes => throw new ArgumentException(
            $"Input '{network.InputName}' of the graph declares the sizes "
            + $"[{string.Join(", ", sizes.Select(size => size is { } known ? $"{known}" : "any"))}] for a row: give inputShape.",
            nameof(network)),
    };
}
