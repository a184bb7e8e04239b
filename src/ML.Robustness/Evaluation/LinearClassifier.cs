using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>
/// A network that is one linear layer, with or without normalisation before it: its worst case has a closed form.
/// </summary>
internal sealed class LinearClassifier
{
    private readonly double[][] _weights; // K × values
    private readonly double[] _bias;

    private LinearClassifier(double[][] weights, double[] bias) => (_weights, _bias) = (weights, bias);

    /// <summary>Reads a network made of layers that are known to be linear; null for any other.</summary>
    internal static LinearClassifier? Of(Module<Tensor, Tensor> model, InputShape shape)
    {
        var modules = new List<Module> { model };
        modules.AddRange(model.modules().Where(module => !ReferenceEquals(module, model)));
        if (!modules.TrueForAll(module => module.GetType() is var type &&
            (
                type == typeof(Sequential) || type == typeof(MultilayerPerceptron) || type == typeof(Linear)
                    || type == typeof(Flatten) || type == typeof(InputNormalization))))
            return null;
        var layers = modules.Where(module => module is TorchSharp.Modules.Linear or InputNormalization).ToArray();
        if (layers.Length is 0 or > 2 || layers[^1] is not TorchSharp.Modules.Linear linear
            || (layers.Length == 2 && layers[0] is not InputNormalization))
            return null;

        using var scope = NewDisposeScope();
        var weight = Numbers(linear.weight!);
        var classes = weight.Length / shape.Length;
        if (classes * shape.Length != weight.Length)
            return null;
        var weights = Enumerable.Range(0, classes).Select(index => weight.AsSpan(index * shape.Length, shape.Length).ToArray())
            .ToArray();
        var bias = linear.bias is { } given ? Numbers(given) : new double[classes];
        if (layers.Length == 2)
            Absorb(layers[0].named_buffers().ToDictionary(entry => entry.name, entry => Numbers(entry.buffer)), weights, bias);
        return new LinearClassifier(weights, bias);
    }

    /// <summary>
    /// The number of rows that no input inside the threat model is classified wrongly for.
    /// </summary>
    internal long RobustRows(LabeledDataset data, ThreatModel threatModel, CancellationToken cancellation)
    {
        var robust = 0L;
        foreach (var batch in data.Batches(1024, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                robust += AreRobust(batch.Inputs.to(ScalarType.Float64).cpu().flatten(1), batch.Labels.cpu(), threatModel)
                    .sum().item<long>();
            }
        }
        return robust;
    }

    private Tensor AreRobust(Tensor rows, Tensor labels, ThreatModel threatModel)
    {
        var (weights, bias) = (tensor(_weights.SelectMany(row => row).ToArray()).view(_weights.Length, -1), tensor(_bias));
        var (own, ownBias) = (weights.index_select(0, labels), bias.index_select(0, labels));
        var robust = ones_like(labels, ScalarType.Bool);
        for (var rival = 0; rival < _weights.Length; rival++)
        {
            using var scope = NewDisposeScope();
            var slopes = weights[rival].sub(own);
            var margins = ownBias.sub(Kept(_bias[rival])).sub_(slopes.mul(rows).sum(1));
            var gains = threatModel.LargestGain(slopes, threatModel.InputRanges.Room(rows, slopes.gt(Kept(0))));
            // Among equal outputs the first class is predicted.
            var holds = margins.gt(gains).logical_or_(margins.eq(gains).logical_and_(labels.lt(Kept(rival))));
            robust.logical_and_(holds.logical_or_(labels.eq(Kept(rival))));
        }
        return robust;
    }

    /// <summary>Takes w·(x − mean)/deviation + b for what it is: another linear function of x.</summary>
    private static void Absorb(Dictionary<string, double[]> normalization, double[][] weights, double[] bias)
    {
        var (mean, deviation) = (normalization["mean"], normalization["deviation"]);
        for (var index = 0; index < weights.Length; index++)
        {
            for (var i = 0; i < weights[index].Length; i++)
            {
                var channel = i / (weights[index].Length / mean.Length);
                weights[index][i] /= deviation[channel];
                bias[index] -= weights[index][i] * mean[channel];
            }
        }
    }

    private static double[] Numbers(Tensor values) =>
        values.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
}
