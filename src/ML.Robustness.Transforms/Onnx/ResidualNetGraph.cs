using System.Globalization;
using ML.Robustness.Models;

namespace ML.Robustness.Transforms.Onnx;

/// <summary>A <see cref="ResidualNet"/> as nodes.</summary>
internal static class ResidualNetGraph
{
    private const int Blocks = 8;

    internal static string Add(NetworkWeights weights, string input)
    {
        var maps = weights.Rectifier(weights.BatchNormalization("stemNormalization", weights.Convolution("stem", input)));
        for (var i = 0; i < Blocks; i++)
            maps = AddBlock(weights, string.Create(CultureInfo.InvariantCulture, $"block{i}."), maps);
        var means = weights.Graph.Add("GlobalAveragePool", [maps]);
        return weights.Linear("output", weights.Graph.Add("Flatten", [means], ("axis", 1L)));
    }

    private static string AddBlock(NetworkWeights weights, string block, string input)
    {
        // Where a block has a convolution beside it, it halves the image.
        var hasShortcut = weights.Has($"{block}shortcut");
        var stride = hasShortcut ? 2 : 1;
        var values = weights.Convolution($"{block}first", input, stride);
        values = weights.Rectifier(weights.BatchNormalization($"{block}firstNormalization", values));
        values = weights.BatchNormalization($"{block}secondNormalization", weights.Convolution($"{block}second", values));
        var beside = hasShortcut
            ? weights.BatchNormalization($"{block}shortcutNormalization",
                weights.Convolution($"{block}shortcut", input, stride))
            : input;
        return weights.Rectifier(weights.Graph.Add("Add", [values, beside]));
    }
}
