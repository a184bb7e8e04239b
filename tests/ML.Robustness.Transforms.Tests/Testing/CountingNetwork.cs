using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Counts the rows that go through a network, which stays its owner's.</summary>
internal sealed class CountingNetwork(Module<Tensor, Tensor> inner) : Module<Tensor, Tensor>(nameof(CountingNetwork))
{
    internal long Rows { get; private set; }

    internal void ResetCount() => Rows = 0;

    public override Tensor forward(Tensor input)
    {
        Rows += input.shape[0];
        return inner.call(input);
    }
}
