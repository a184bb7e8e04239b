using System.Globalization;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>Reads the output of a named layer in the pass that computes the network's outputs.</summary>
/// <param name="network">The network.</param>
/// <param name="name">The layer's name.</param>
/// <exception cref="ArgumentException">There is no such layer.</exception>
internal sealed class LayerReader(Module<Tensor, Tensor> network, string name)
{
    private readonly Layer _layer = LayerNames.Find(network, name);

    /// <summary>Runs the network once.</summary>
    /// <param name="input">(N, …), as the network takes them.</param>
    /// <param name="passesRectifier">Whether gradients pass the layer where it is a rectifier.</param>
    /// <returns>The layer's output (N, …), and the network's; the caller disposes both.</returns>
    /// <exception cref="ArgumentException">The layer does not run once, or its output has other rows.</exception>
    public (Tensor Layer, Tensor Outputs) Read(Tensor input, bool passesRectifier)
    {
        using var scope = NewDisposeScope();
        using var hooks = new PassHooks();
        Tensor? found = null;
        var runs = 0;
        Tensor? Keep(Tensor output)
        {
            (found, var next) = KeptValue.Of(output, scope);
            runs++;
            return next;
        }
        if (passesRectifier)
            _layer.HookPastRectifier(hooks, Keep);
        else
            _layer.Hook(hooks, Keep);
        var outputs = network.call(input);
        if (runs != 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Layer '{name}' runs {runs} times in one pass through the network: name a layer that it calls once ")
                + "(by its method call, not forward).");
        if (found!.dim() < 2 || found.shape[0] != input.shape[0] || !found.is_floating_point())
            throw new ArgumentException(
                $"Layer '{name}' gives {found.dtype} {TensorShape.Text(found)} for inputs of shape {TensorShape.Text(input)}: "
                + "name a layer that gives floating-point numbers (N, …), N the rows of the inputs.");
        if (ReferenceEquals(outputs, input))
            outputs = input.alias();
        return (found.MoveToOuterDisposeScope(), outputs?.MoveToOuterDisposeScope()!);
    }
}
