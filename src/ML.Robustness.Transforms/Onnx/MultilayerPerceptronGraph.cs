using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Models;

namespace ML.Robustness.Transforms.Onnx;

/// <summary>A <see cref="MultilayerPerceptron"/> as nodes.</summary>
internal static class MultilayerPerceptronGraph
{
    internal static string Add(NetworkWeights weights, InputShape shape, string input)
    {
        var values = shape.IsImage ? weights.Graph.Add("Flatten", [input], ("axis", 1L)) : input;
        values = weights.Linear(Layer(0), values);
        for (var i = 1; weights.Has(Layer(i)); i++)
            values = weights.Linear(Layer(i), weights.Rectifier(values));
        return values;
    }

    private static string Layer(int index) => string.Create(CultureInfo.InvariantCulture, $"layer{index}");
}
