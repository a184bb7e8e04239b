using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Layers;

/// <summary>A value that stays what it is while the network goes on, and remains in the network's graph.</summary>
internal static class KeptValue
{
    /// <summary>Copies a value.</summary>
    /// <param name="value">The value, which the network may free or write over.</param>
    /// <param name="scope">The scope that the copy belongs to.</param>
    /// <returns>The copy, and what the network must go on with, if not the value itself.</returns>
    public static (Tensor Kept, Tensor? Next) Of(Tensor value, DisposeScope scope)
    {
        var kept = In(scope, value.clone());
        // Gradients reach the copy only where the network goes on from it, and a layer that works in place must not change it.
        return (kept, kept.requires_grad ? kept.clone() : null);
    }

    /// <summary>Gives a new tensor to a scope.</summary>
    public static Tensor In(DisposeScope scope, Tensor value)
    {
        // Moved to the scope that it is already in, TorchSharp would forget it and end the process when it is finalized.
        scope.Attach(value.DetachFromDisposeScope());
        return value;
    }
}
