using ML.Robustness.Data;
using ML.Robustness.Layers;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.EvaluatedModels;

/// <summary>A network beside another: it takes rows of the other's shape, and gives its classes in the other's order.</summary>
/// <remarks>The network inside is no registered part of it, so that disposing this one leaves that one alone.</remarks>
internal sealed class AdaptedNetwork : Module<Tensor, Tensor>, IFeatureModel, IWrapperNetwork
{
    private readonly Module<Tensor, Tensor> _network;
    private readonly InputShape _shape;

    // Registered, so that this network is found on the other's device.
    private readonly Tensor order;

    // The digest of the network inside, which tells this one from another where results are merged.
    private readonly Tensor weights;

    /// <summary>Creates the network.</summary>
    /// <param name="network">The network, whose owner keeps it.</param>
    /// <param name="shape">The shape of the rows that it takes.</param>
    /// <param name="order">The class of <paramref name="network"/> that comes first, second …</param>
    /// <param name="device">Its device.</param>
    internal AdaptedNetwork(Module<Tensor, Tensor> network, InputShape shape, int[] order, Device device)
        : base(nameof(AdaptedNetwork))
    {
        _network = network;
        _shape = shape;
        this.order = tensor(Array.ConvertAll(order, place => (long)place), device: CPU).to(device).DetachFromDisposeScope();
        register_buffer(nameof(order), this.order);
        weights = tensor(Convert.FromHexString(ModelWeights.Digest(network)), device: CPU).to(device)
            .DetachFromDisposeScope();
        register_buffer(nameof(weights), weights);
    }

    Module<Tensor, Tensor> IWrapperNetwork.Network => _network;

    private IFeatureModel Features => field ??= FeatureExtractor.Of(_network);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Ordered(ModelCall.Forward(_network, Reshaped(input))).MoveToOuterDisposeScope();
    }

    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        using var scope = NewDisposeScope();
        var found = Features.Extract(Reshaped(input), passesRectifier);
        return new NetworkFeatures(found.Values.MoveToOuterDisposeScope(), found.Maps?.MoveToOuterDisposeScope())
        {
            Logits = found.Logits is { } logits ? Ordered(logits).MoveToOuterDisposeScope() : null,
        };
    }

    public Tensor Classify(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Ordered(Features.Classify(features)).MoveToOuterDisposeScope();
    }

    private Tensor Reshaped(Tensor input) => input.reshape(_shape.Batch(input.shape[0]));

    private Tensor Ordered(Tensor logits) => logits.index_select(1, order);
}
