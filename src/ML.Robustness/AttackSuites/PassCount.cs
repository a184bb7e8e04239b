using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttackSuites;

/// <summary>Tells of each pass through a network, as long as it is not disposed.</summary>
internal sealed class PassCount : IDisposable
{
    private readonly Module<Tensor, Tensor>.HookRemover _hook;

    internal PassCount(Module<Tensor, Tensor> network, PassProgress passes) => _hook = network.register_forward_pre_hook(
        (_, input) =>
        {
            passes.Pass();
            return input;
        });

    public void Dispose() => _hook.remove();
}
