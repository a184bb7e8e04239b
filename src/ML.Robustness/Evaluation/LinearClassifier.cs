using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using TorchSharp.Modules;
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
    /// The number of rows that no input inside the threat model is classified wrongly for; null where there is no closed form.
    /// </summary>
    internal long? RobustRows(LabeledDataset data, ThreatModel threatModel, CancellationToken cancellation)
    {
        var robust = 0L;
        if (!HasClosedForm(threatModel))
            return null;
        foreach (var batch in data.Batches(1024, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                var values = Numbers(batch.Inputs);
                var labels = batch.Labels.cpu().data<long>().ToArray();
                var length = values.Length / labels.Length;
                for (var row = 0; row < labels.Length; row++)
                {
                    if (IsRobust(values.AsSpan(row * length, length), (int)labels[row], threatModel) == true)
                        robust++;
                }
            }
        }
        return robust;
    }

    private static bool HasClosedForm(ThreatModel threatModel) => WorstCase.Gain([], [], threatModel) is not null;

    private bool? IsRobust(ReadOnlySpan<double> values, int label, ThreatModel threatModel)
    {
        var (difference, room) = (new double[values.Length], new double[values.Length]);
        for (var rival = 0; rival < _weights.Length; rival++)
        {
            if (rival == label)
                continue;
            var margin = _bias[label] - _bias[rival];
            for (var i = 0; i < values.Length; i++)
            {
                difference[i] = _weights[rival][i] - _weights[label][i];
                margin -= difference[i] * values[i];
                room[i] = Math.Max(
                    0, difference[i] > 0 ? threatModel.Range.Maximum - values[i] : values[i] - threatModel.Range.Minimum);
            }
            if (WorstCase.Gain(difference, room, threatModel) is not { } gain)
                return null;
            // Among equal outputs the first class is predicted.
            if (margin < gain || (margin == gain && rival < label))
                return false;
        }
        return true;
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
