using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A network of probabilities as one of logits: their softmax is the probabilities again.</summary>
internal sealed class LogarithmOfProbabilities : Module<Tensor, Tensor>
{
    // Below the smallest probability that float32 tells from zero, so that no logarithm is infinite.
    private const double Least = 1e-38;

    private readonly Module<Tensor, Tensor> network;

    internal LogarithmOfProbabilities(Module<Tensor, Tensor> network)
        : base(nameof(LogarithmOfProbabilities))
    {
        this.network = network;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var probabilities = network.call(input);
        using var above = probabilities.clamp_min(Least);
        return above.log();
    }
}
