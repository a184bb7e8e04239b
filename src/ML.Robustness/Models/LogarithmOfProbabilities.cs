using ML.Robustness.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A network of probabilities as one of logits: their softmax is the probabilities again.</summary>
internal sealed class LogarithmOfProbabilities : Module<Tensor, Tensor>, IFeatureModel, IWrapperNetwork
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

    Module<Tensor, Tensor> IWrapperNetwork.Network => network;

    public override Tensor forward(Tensor input)
    {
        using var probabilities = network.call(input);
        return Logarithm(probabilities);
    }

    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        var features = Features.Extract(input, passesRectifier);
        using var probabilities = features.Logits;
        return features with { Logits = probabilities is null ? null : Logarithm(probabilities) };
    }

    public Tensor Classify(Tensor features)
    {
        using var probabilities = Features.Classify(features);
        return Logarithm(probabilities);
    }

    private IFeatureModel Features => field ??= FeatureExtractor.Of(network);

    private static Tensor Logarithm(Tensor probabilities)
    {
        using var above = probabilities.clamp_min(Least);
        return above.log();
    }
}
