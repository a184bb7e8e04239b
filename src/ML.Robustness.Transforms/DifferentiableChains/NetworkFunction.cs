using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A network in the middle of a chain: <c>ApplyOnnxModel</c>, or what <c>DnnFeaturizeImage</c> does.</summary>
internal sealed class NetworkFunction(NeuralClassifierTransformer network) : ColumnFunction(nameof(NetworkFunction))
{
    private readonly BorrowedNetwork _network = new(network);

    public override Tensor forward(Tensor input) => _network.Call(input);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _network.Dispose();
        base.Dispose(disposing);
    }
}
