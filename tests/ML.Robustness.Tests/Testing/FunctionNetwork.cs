using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>Any function as a network.</summary>
internal sealed class FunctionNetwork(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>(nameof(FunctionNetwork))
{
    public override Tensor forward(Tensor input) => function(input);
}
