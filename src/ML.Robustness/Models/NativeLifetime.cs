using System.Runtime.CompilerServices;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The lifetime of native memory that several threads use: after its disposal it is freed by its last user.</summary>
/// <remarks>
/// Disposing never waits, so that a user may dispose what it uses itself. A network can have a lifetime attached, which
/// <see cref="ModelScope"/> then respects wherever the network is used.
/// </remarks>
/// <param name="free">Frees the memory; called once, on the thread of the last user or of the disposal.</param>
/// <param name="error">Makes the error of a use after the disposal.</param>
internal sealed class NativeLifetime(Action free, Func<ObjectDisposedException> error) : IDisposable
{
    private const long Disposed = 1, User = 2;

    private static readonly ConditionalWeakTable<Module, NativeLifetime> Attached = [];

    private readonly Func<ObjectDisposedException> _error = error;

    // The number of users times two, and one where the memory was disposed.
    private long _state;

    /// <summary>Begins a use; disposing the result ends it.</summary>
    /// <exception cref="ObjectDisposedException">The memory was disposed.</exception>
    internal IDisposable Use() => Begin(isNested: false) ?? throw _error();

    /// <summary>Begins a use of several lifetimes at once.</summary>
    /// <exception cref="ObjectDisposedException">The memory of one was disposed.</exception>
    internal static IDisposable UseAll(params ReadOnlySpan<NativeLifetime> lifetimes)
    {
        var uses = new Uses(lifetimes.Length);
        try
        {
            foreach (var lifetime in lifetimes)
                uses.Add(lifetime.Use());
            return uses;
        }
        catch
        {
            uses.Dispose();
            throw;
        }
    }

    /// <summary>Attaches the lifetime to the network whose memory it is.</summary>
    internal void AttachTo(Module network) => Attached.AddOrUpdate(network, this);

    /// <summary>Begins a use of a network that may be part of a longer use: one that began before the disposal.</summary>
    /// <returns>What ends the use; null for a network without a lifetime.</returns>
    /// <exception cref="ObjectDisposedException">The network was freed.</exception>
    internal static IDisposable? UseOf(Module network) => Attached.TryGetValue(network, out var lifetime)
        ? lifetime.Begin(isNested: true) ?? throw lifetime._error()
        : null;

    internal void ThrowIfDisposed()
    {
        if ((Volatile.Read(ref _state) & Disposed) != 0)
            throw _error();
    }

    public void Dispose()
    {
        // Only the call that sets the flag may free: with users left, the last of them does.
        if (Interlocked.Or(ref _state, Disposed) == 0)
            free();
    }

    private LifetimeUse? Begin(bool isNested)
    {
        var state = Volatile.Read(ref _state);
        while ((state & Disposed) == 0 || (isNested && state >= User))
        {
            var seen = Interlocked.CompareExchange(ref _state, state + User, state);
            if (seen == state)
                return new LifetimeUse(this);
            state = seen;
        }
        return null;
    }

    private void End()
    {
        if (Interlocked.Add(ref _state, -User) == Disposed)
            free();
    }

    private sealed class LifetimeUse(NativeLifetime lifetime) : IDisposable
    {
        private NativeLifetime? _lifetime = lifetime;

        public void Dispose() => Interlocked.Exchange(ref _lifetime, null)?.End();
    }

    private sealed class Uses(int capacity) : IDisposable
    {
        private readonly List<IDisposable> _uses = new(capacity);

        internal void Add(IDisposable use) => _uses.Add(use);

        public void Dispose() => _uses.ForEach(use => use.Dispose());
    }
}
