using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RawFeatures;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>Reads a fitted chain as a network with gradients, and believes it only where it scores as the chain does.</summary>
internal static class DifferentiableChain
{
    private const int BatchSize = 1024;
    private const float Tolerance = 1e-4f;

    /// <summary>The network of a chain; null where it has no gradients. The caller disposes.</summary>
    /// <param name="model">The chain.</param>
    /// <param name="raw">The raw columns that its scores depend on.</param>
    /// <param name="scores">The scores that leave it.</param>
    /// <param name="rows">Rows of features, all of which the two must score alike.</param>
    /// <param name="device">The device for the network.</param>
    /// <param name="reason">Why there are no gradients; null where there are.</param>
    internal static ChainNetwork? Of(
        ITransformer model, RawColumns raw, ModelScores scores, LabeledDataset rows, Device device, out string? reason)
    {
        if (ChainReader.Read(model, raw, scores, out reason) is not { } network)
            return null;
        try
        {
            network.to(device).eval();
            var candidates = Enumerable.Range(0, network.Candidates).ToList();
            foreach (var batch in rows.Batches(BatchSize, null))
            {
                using (batch)
                using (NewDisposeScope())
                {
                    var expected = ScoresOf(model, raw, batch.Inputs);
                    candidates.RemoveAll(candidate =>
                        !Agree(network.Scores(batch.Inputs.to(device), candidate), expected));
                }
                if (candidates.Count == 0)
                    break;
            }
            if (candidates.Count > 0)
            {
                network.Choose(candidates[0], device);
                return network;
            }
            reason = "the scores of its steps, as they are known here, are not those of the chain";
        }
        catch
        {
            network.Dispose();
            throw;
        }
        network.Dispose();
        return null;
    }

    private static float[] ScoresOf(ITransformer model, RawColumns raw, Tensor rows)
    {
        var values = rows.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        return ColumnNumbers.Read(model.Transform(new RawRowsView(raw, values)), ClassifierColumns.Score);
    }

    private static bool Agree(Tensor found, float[] expected)
    {
        var values = found.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        return values.Length == expected.Length && values.Zip(expected).All(pair =>
            pair.First == pair.Second
            || Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Max(1, Math.Abs(pair.Second)));
    }
}
