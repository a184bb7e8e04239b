using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>
/// A scope in which a network is frozen: evaluation mode and no parameter gradients, both restored by disposing.
/// </summary>
/// <remarks>
/// Each module's own training flag and each parameter's own requires_grad come back, also in networks frozen in part. On a
/// network that is already frozen nothing is written, so several threads may use one at once. The network of a step that is
/// disposed meanwhile is freed when the scope ends.
/// </remarks>
public sealed class ModelScope : IDisposable
{
    private readonly List<(Module Module, bool Training)> _modules = [];
    private readonly List<Parameter> _parameters = [];
    private readonly IDisposable? _use;
    private bool _disposed;

    /// <summary>Freezes a network.</summary>
    /// <param name="model">The network.</param>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The network is that of a step, which was disposed.</exception>
    public ModelScope(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _use = NativeLifetime.UseOf(model);
        // Parents before their children, so that restoring in this order lets the children's own flags win.
        _modules.Add((model, model.training));
        foreach (var module in model.modules())
            _modules.Add((module, module.training));
        // TorchSharp's Sequential hands flags on to its layers and keeps its own at true.
        if (_modules.Exists(static module => module.Training && module.Module is not TorchSharp.Modules.Sequential))
            model.eval();
        else
            _modules.Clear();

        foreach (var parameter in model.parameters())
        {
            if (!parameter.requires_grad)
                continue;
            parameter.requires_grad = false;
            _parameters.Add(parameter);
        }
    }

    /// <summary>Restores the network's modes and parameter gradients.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var (module, training) in _modules)
        {
            if (module.training != training)
                module.train(training);
        }
        foreach (var parameter in _parameters)
            parameter.requires_grad = true;
        _use?.Dispose();
    }
}
