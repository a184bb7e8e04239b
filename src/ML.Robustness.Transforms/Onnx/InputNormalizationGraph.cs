using ML.Robustness.Data;
using ML.Robustness.Models;

namespace ML.Robustness.Transforms.Onnx;

/// <summary>An <see cref="InputNormalization"/> as nodes.</summary>
internal static class InputNormalizationGraph
{
    internal static string Add(NetworkWeights weights, InputShape shape, string input)
    {
        // One number for each channel, or one for all.
        long[] sizes = shape.IsImage ? [1, -1, 1, 1] : [1, -1];
        string Spread(string name) => weights.Graph.Add("Reshape", [weights.Constant(name), weights.Graph.Constant(sizes)]);
        return weights.Graph.Add("Div", [weights.Graph.Add("Sub", [input, Spread("mean")]), Spread("deviation")]);
    }
}
