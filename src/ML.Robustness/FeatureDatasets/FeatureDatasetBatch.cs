using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>The rows that a method processes at once, with the network and the rows' random numbers.</summary>
/// <param name="Model">The frozen network.</param>
/// <param name="Inputs">(N, …), not to be written to.</param>
/// <param name="Labels">(N), Int64.</param>
/// <param name="First">The position of the first row in the whole batch.</param>
/// <param name="Random">The rows' random numbers.</param>
/// <param name="Cancellation">Checked at every step.</param>
internal sealed record FeatureDatasetBatch(
    Module<Tensor, Tensor> Model, Tensor Inputs, Tensor Labels, long First, RowRandom Random, CancellationToken Cancellation)
{
    /// <summary>Runs a network without a graph and checks that it answers with logits of two classes or more.</summary>
    internal Tensor Logits(Module<Tensor, Tensor> network, Tensor inputs)
    {
        Cancellation.ThrowIfCancellationRequested();
        using var quiet = no_grad();
        return ModelCall.Forward(network, inputs);
    }

    /// <summary>The labels, (N), Int64.</summary>
    internal Tensor Predictions(Module<Tensor, Tensor> network, Tensor inputs)
    {
        using var logits = Logits(network, inputs);
        return logits.argmax(1);
    }
}
