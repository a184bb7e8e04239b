using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>The names of a network's layers, as a user knows them.</summary>
/// <remarks>
/// Names are those of <c>named_modules()</c> and of values that networks inside name. Wrappers of this library are looked through,
/// and a network that follows an input normalisation may be named as though it stood alone.
/// </remarks>
internal static class LayerNames
{
    /// <summary>All layers, in the order of their definition.</summary>
    public static IEnumerable<Layer> Of(Module<Tensor, Tensor> network)
    {
        network = Unwrapped(network);
        foreach (var layer in ValuesOf(network, ""))
            yield return layer;
        foreach (var (name, module) in network.named_modules())
        {
            yield return new Layer(name, module);
            foreach (var layer in ValuesOf(module, $"{name}."))
                yield return layer;
        }
    }

    /// <summary>Finds a layer.</summary>
    /// <exception cref="ArgumentException">There is none of this name, or it cannot be read.</exception>
    public static Layer Find(Module<Tensor, Tensor> network, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var inner = Unwrapped(network);
        var layers = Of(inner).ToList();
        while (true)
        {
            if (inner is INetworkOfOnePiece piece)
                throw new ArgumentException($"There is no layer '{name}'. {piece.WhyWithoutLayers}");
            if (Of(inner).FirstOrDefault(layer => layer.Name == name) is { } found)
                return found.IsReadable
                    ? found
                    : throw new ArgumentException(
                        $"Layer '{name}' is a {found.Module.GetType().Name}, which does not take one tensor and give one, so that "
                        + "its output cannot be read: name another layer.");
            if (AfterInputLayers(inner) is not { } next)
                break;
            inner = Unwrapped(next);
            layers.AddRange(Of(inner));
        }
        string[] names = [.. layers.Where(layer => layer.IsReadable).Select(layer => layer.Name).Distinct()];
        throw new ArgumentException(names.Length == 0
            ? $"There is no layer '{name}': a {Unwrapped(network).GetType().Name} has no sub-modules, so it has no layers that "
                + "can be named."
            : $"There is no layer '{name}'. The network's layers are {NearestNames.Text(name, names)}.");
    }

    private static IEnumerable<Layer> ValuesOf(Module module, string prefix) => module is IValueNetwork values
        ? values.ValueNames.Select(value => new Layer(prefix + value, module, value))
        : [];

    private static Module<Tensor, Tensor> Unwrapped(Module<Tensor, Tensor> network)
    {
        while (network is IWrapperNetwork wrapper)
            network = wrapper.Network;
        return network;
    }

    private static Module<Tensor, Tensor>? AfterInputLayers(Module<Tensor, Tensor> network)
    {
        if (network is not TorchSharp.Modules.Sequential)
            return null;
        Module[] layers = [.. network.children()];
        return layers.Length > 1 && Array.TrueForAll(layers[..^1], static layer => layer is IInputLayer)
            ? layers[^1] as Module<Tensor, Tensor>
            : null;
    }
}
