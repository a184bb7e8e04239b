using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A network in the middle of a chain: <c>ApplyOnnxModel</c>, or what <c>DnnFeaturizeImage</c> does.</summary>
internal sealed class NetworkFunction : ColumnFunction
{
    // Not a field of the module's type: TorchSharp would dispose it with this one.
    private readonly NeuralClassifierTransformer[] _network;
    private readonly IDisposable _use;

    internal NetworkFunction(NeuralClassifierTransformer network)
        : base(nameof(NetworkFunction))
    {
        _network = [network];
        _use = network.Lifetime.Use();
    }

    public override Tensor forward(Tensor input)
    {
        using var rows = input.reshape(_network[0].InputShape.Batch(input.shape[0]));
        return ModelCall.Forward(_network[0].Network, rows);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _use.Dispose();
        base.Dispose(disposing);
    }
}
