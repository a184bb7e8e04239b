using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>The names of a network's layers, as a user knows them.</summary>
/// <remarks>
/// Names are those of <c>named_modules()</c> and of values that networks inside name. Wrappers of this library are looked
/// through, and a network that follows an input normalisation may be named as though it stood alone.
/// </remarks>
internal static class LayerNames
{
    /// <summary>The user's network.</summary>
    public static Module<Tensor, Tensor> Unwrapped(Module<Tensor, Tensor> network)
    {
        while (network is IWrapperNetwork wrapper)
            network = wrapper.Network;
        return network;
    }

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
        var inner = Inside(network).Network;
        if (inner is INetworkOfOnePiece piece)
            throw new ArgumentException($"There is no layer '{name}'. {piece.WhyWithoutLayers}");
        // As the user knows it first.
        Layer[] layers = [.. Of(inner), .. ReferenceEquals(inner, Unwrapped(network)) ? [] : Of(network)];
        if (Array.Find(layers, layer => layer.Name == name) is { } found)
            return found.IsReadable
                ? found
                : throw new ArgumentException(
                    $"Layer '{name}' is a {found.Module.GetType().Name}, which does not take one tensor and give one, so that "
                    + "its output cannot be read: name another layer.");
        string[] names = [.. layers.Where(layer => layer.IsReadable).Select(layer => layer.Name).Distinct()];
        throw new ArgumentException(names.Length == 0
            ? $"There is no layer '{name}': a {inner.GetType().Name} has no sub-modules, so it has no layers that can be named."
            : $"There is no layer '{name}'. The network's layers are {NearestNames.Text(name, names)}.");
    }

    /// <summary>The user's network, without the layers that prepare its inputs or make logits of its outputs.</summary>
    /// <returns>The network, and the layers after it.</returns>
    public static (Module<Tensor, Tensor> Network, Module<Tensor, Tensor>[] After) Inside(Module<Tensor, Tensor> network)
    {
        network = Unwrapped(network);
        if (network is not TorchSharp.Modules.Sequential)
            return (network, []);
        Module[] layers = [.. network.children()];
        Module[] own = [.. layers.SkipWhile(static layer => layer is IInputLayer)
            .TakeWhile(static layer => layer is not IOutputLayer)];
        if (own is not [Module<Tensor, Tensor> only] || layers.Length == 1)
            return (network, []);
        var (inner, after) = Inside(only);
        return (inner, [.. after, .. layers.OfType<IOutputLayer>().Cast<Module<Tensor, Tensor>>()]);
    }

    private static IEnumerable<Layer> ValuesOf(Module module, string prefix) => module is IValueNetwork values
        ? values.ValueNames.Select(value => new Layer(prefix + value, module, value))
        : [];
}
