using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A classifier whose network a chain uses; it stays its owner's.</summary>
/// <remarks>No module, so that TorchSharp does not dispose the network with the module that holds it.</remarks>
internal sealed class BorrowedNetwork(NeuralClassifierTransformer classifier) : IDisposable
{
    private readonly IDisposable _use = classifier.Lifetime.Use();

    internal ClassifierKind Kind => classifier.Kind;

    /// <summary>What the network makes of rows (N, values).</summary>
    internal Tensor Call(Tensor rows) => classifier.Network.call(
        classifier.InputShape.IsImage ? rows.reshape(classifier.InputShape.Batch(rows.shape[0])) : rows);

    /// <summary>Ends the use.</summary>
    public void Dispose() => _use.Dispose();
}
