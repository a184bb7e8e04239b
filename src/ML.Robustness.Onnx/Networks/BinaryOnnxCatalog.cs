using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Transforms.Classifiers;

namespace Microsoft.ML;

/// <summary>Adds classifiers made of ONNX files to ML.NET's binary catalog.</summary>
public static class BinaryOnnxCatalog
{
    /// <summary>Makes a binary classifier of an ONNX file.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.BinaryClassification</c>.</param>
    /// <param name="path">The file, whose outputs are (N, 2), (N, 1) or (N).</param>
    /// <param name="inputShape">The shape of one row; null where the file declares it.</param>
    /// <param name="graph">Which input and output of the graph; null where it has one of each.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <returns>
    /// The fitted classifier, with the columns of ML.NET's binary trainers. Processes that load it reference this package, too.
    /// </returns>
    /// <exception cref="IOException">The file, or one with its data, is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no ONNX model, is damaged or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The graph has an operator, or an attribute of one, that is not
    /// supported.</exception>
    /// <exception cref="ArgumentException">
    /// The graph has several inputs or outputs, or not the ones asked for; its shape is open and none is given; it has other
    /// outputs, or one whose kind is not told.
    /// </exception>
    /// <exception cref="InvalidOperationException">The graph fails on such inputs, or returns other shapes.</exception>
    public static NeuralClassifierTransformer FromOnnx(
        this BinaryClassificationCatalog catalog, string path, InputShape? inputShape = null, OnnxNetworkOptions? graph = null,
        NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return OnnxCatalog.Make(path, graph, inputShape, options,
            (shape, given) => new ForeignNetwork(catalog, shape, null, given));
    }
}
