using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>A layer of a network that can be read: a sub-module, or a value of a network that names its values.</summary>
/// <param name="Name">Its name in the network.</param>
/// <param name="Module">The sub-module, or the network of the value.</param>
/// <param name="Value">The name of the value in its network; null for a sub-module.</param>
internal sealed record Layer(string Name, Module Module, string? Value = null)
{
    /// <summary>Whether it takes one tensor and gives one.</summary>
    public bool IsReadable => Module is Module<Tensor, Tensor>;

    /// <summary>Adds a hook that sees the layer's output; what it returns takes the output's place, if not null.</summary>
    public void Hook(PassHooks hooks, Func<Tensor, Tensor?> hook)
    {
        if (Value is null)
            hooks.After((Module<Tensor, Tensor>)Module, hook);
        else
            hooks.OnValue((IValueNetwork)Module, Value, hook);
    }

    /// <summary>Adds a hook that gives the layer's output with gradients passing its rectifier.</summary>
    public void HookPastRectifier(PassHooks hooks, Func<Tensor, Tensor?> hook)
    {
        if (Value is not null || Module is not ReLU rectifier)
        {
            Hook(hooks, hook);
            return;
        }
        Tensor? passed = null;
        // Before it runs, since it may write over its input.
        hooks.Before(rectifier, input =>
        {
            passed = Rectifier.Apply(input, passesGradients: true);
            return null;
        });
        hooks.After(rectifier, _ => hook(passed!));
    }
}
