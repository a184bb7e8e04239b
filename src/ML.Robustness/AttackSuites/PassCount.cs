using ML.Robustness.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttackSuites;

/// <summary>Tells of each pass through a network, as long as it is not disposed.</summary>
internal sealed class PassCount : IDisposable
{
    private readonly Action _remove;

    internal PassCount(Module<Tensor, Tensor> network, PassProgress passes) => _remove = ModuleHooks.AddBefore(network, (_, _) =>
    {
        passes.Pass();
        return null;
    });

    public void Dispose() => _remove();
}
