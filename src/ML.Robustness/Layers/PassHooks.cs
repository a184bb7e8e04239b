using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>The hooks of one pass through a network on the current thread; disposing removes them.</summary>
/// <remarks>Passes of other threads through the same network do not run them.</remarks>
internal sealed class PassHooks : IDisposable
{
    [ThreadStatic]
    private static PassHooks? _innermost;

    private readonly PassHooks? _outer;
    private readonly List<Action> _removals = [];
    private readonly List<(IValueNetwork Network, string Name, Func<Tensor, Tensor?> Hook)> _values = [];

    public PassHooks()
    {
        _outer = _innermost;
        _innermost = this;
    }

    /// <summary>Adds a hook that sees a module's input; what it returns takes the input's place, if not null.</summary>
    public void Before(Module<Tensor, Tensor> module, Func<Tensor, Tensor?> hook) =>
        _removals.Add(ModuleHooks.AddBefore(module, (_, input) => RunsHere() ? hook(input) : null));

    /// <summary>Adds a hook that sees a module's output; what it returns takes the output's place, if not null.</summary>
    public void After(Module<Tensor, Tensor> module, Func<Tensor, Tensor?> hook) =>
        _removals.Add(ModuleHooks.AddAfter(module, (_, _, output) => RunsHere() ? hook(output) : null));

    /// <summary>Adds a hook that sees an inner value; what it returns takes the value's place, if not null.</summary>
    public void OnValue(IValueNetwork network, string name, Func<Tensor, Tensor?> hook) => _values.Add((network, name, hook));

    /// <summary>The hooks on a network's values in the passes of the current thread.</summary>
    public static IEnumerable<(string Name, Func<Tensor, Tensor?> Hook)> ValueHooksOf(IValueNetwork network)
    {
        for (var pass = _innermost; pass is not null; pass = pass._outer)
        {
            foreach (var value in pass._values)
            {
                if (ReferenceEquals(value.Network, network))
                    yield return (value.Name, value.Hook);
            }
        }
    }

    public void Dispose()
    {
        _innermost = _outer;
        _removals.ForEach(remove => remove());
        _removals.Clear();
    }

    private bool RunsHere()
    {
        for (var pass = _innermost; pass is not null; pass = pass._outer)
        {
            if (ReferenceEquals(pass, this))
                return true;
        }
        return false;
    }
}
