using System.Globalization;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>What the layers of a network give in a pass, for errors.</summary>
internal sealed class LayerShapes
{
    private const int Most = 12;

    private readonly List<(Layer Layer, long[] Shape)> _outputs = [];
    private readonly long _rows;

    /// <summary>Runs the network.</summary>
    public LayerShapes(Module<Tensor, Tensor> network, Tensor input)
    {
        _rows = input.shape[0];
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var hooks = new PassHooks();
        foreach (var layer in LayerNames.Of(network).Where(layer => layer.IsReadable))
        {
            layer.Hook(hooks, output =>
            {
                _outputs.Add((layer, output.shape));
                return null;
            });
        }
        network.call(input);
    }

    /// <summary>The layers that give feature maps (N, C, H, W), the last ones first; null where there are none.</summary>
    public string? FeatureMaps
    {
        get
        {
            string[] names = [.. _outputs.GroupBy(output => output.Layer).Where(group => group.Count() == 1)
                .Select(group => group.Single()).Where(output => output.Shape.Length == 4 && output.Shape[0] == _rows)
                .Reverse().Select(output => $"'{output.Layer.Name}' {TensorShape.Text(output.Shape)}")];
            if (names.Length == 0)
                return null;
            var others = names.Length > Most
                ? string.Create(CultureInfo.InvariantCulture, $" and {names.Length - Most} others") : "";
            return string.Join(", ", names.Take(Most)) + others;
        }
    }

    /// <summary>The shape of a layer's output.</summary>
    public string ShapeOf(Layer layer) =>
        TensorShape.Text(_outputs.First(
            output => output.Layer.Module == layer.Module && output.Layer.Value == layer.Value).Shape);
}
