using ML.Robustness.Data;
using ML.Robustness.Models;

namespace ML.Robustness.Transforms.Onnx;

/// <summary>A <see cref="ConvNet"/> as nodes.</summary>
internal static class ConvNetGraph
{
    private static readonly long[] Pooled = [2, 2];

    internal static string Add(NetworkWeights weights, InputShape shape, string input)
    {
        var maps = Halve(weights, weights.Convolution("first", input), shape.Height, shape.Width);
        maps = Halve(weights, weights.Convolution("second", maps), (shape.Height + 1) / 2, (shape.Width + 1) / 2);
        var values = weights.Graph.Add("Flatten", [maps], ("axis", 1L));
        values = weights.Rectifier(weights.Linear("hiddenLayer", values));
        return weights.Linear("output", values);
    }

    /// <summary>Pooling and rectifier; odd sizes round up, by padding, since opset 9 has no ceil_mode.</summary>
    private static string Halve(NetworkWeights weights, string maps, int height, int width) =>
        weights.Rectifier(weights.Graph.Add("MaxPool", [maps],
            ("kernel_shape", Pooled), ("strides", Pooled),
            ("pads", new[] { 0L, 0L, height % 2, width % 2 })));
}
