using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>A scope in which libtorch's global generator is seeded; disposing restores its state.</summary>
/// <remarks>
/// Layers draw their first weights from the global generator of the CPU; nothing else of this library touches it. Scopes of
/// several threads wait for each other, so that networks made in parallel get the weights of their seeds.
/// </remarks>
internal sealed class SeedScope : IDisposable
{
    private static readonly object Turn = new();
    private readonly Tensor _before;
    private bool _disposed;

    /// <summary>Seeds the global generator.</summary>
    /// <param name="seed">Any number.</param>
    public SeedScope(ulong seed)
    {
        LibTorch.Require();
        Monitor.Enter(Turn);
        try
        {
            _before = get_rng_state().DetachFromDisposeScope();
            // A generator's state rather than manual_seed, which would also reseed every GPU.
            using var generator = new Generator(seed);
            using var state = generator.get_state();
            set_rng_state(state);
        }
        catch
        {
            Monitor.Exit(Turn);
            throw;
        }
    }

    /// <summary>Restores the generator's state; must be called on the thread that created the scope.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        set_rng_state(_before);
        _before.Dispose();
        Monitor.Exit(Turn);
    }
}
