using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttackSuites;

/// <summary>A network that counts the rows of which a gradient is asked, and tells of each pass.</summary>
/// <remarks>
/// The network inside is no registered part of it, so that disposing or freezing this one leaves that one alone.
/// </remarks>
internal sealed class QueryCountingModel(Module<Tensor, Tensor> network, Action passed)
    : Module<Tensor, Tensor>(nameof(QueryCountingModel))
{
    internal long GradientQueries { get; private set; }

    public override Tensor forward(Tensor input)
    {
        passed();
        if (input.requires_grad && is_grad_enabled())
            GradientQueries += input.shape[0];
        return network.call(input);
    }
}
