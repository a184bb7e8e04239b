using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PretrainedNetwork;

/// <summary>
/// The head of ordinary training: ML.NET's logistic regression on the features, each computed once.
/// </summary>
internal static class LinearHead
{
    private const int BatchSize = 32;

    /// <summary>Trains the head, and returns the network with it.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="train">The training rows.</param>
    /// <param name="progress">The receiver of the share of rows done.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The network; the caller disposes.</returns>
    public static Module<Tensor, Tensor> Train(
        MLContext ml, IDataView train, IProgress<double> progress, CancellationToken cancellation)
    {
        var classes = ExperimentSettings.ClassNames.Length;
        using var body = PretrainedResNet.CreateBody();
        body.eval();
        var images = train.GetColumn<float[]>("Features").ToArray();
        var rows = new List<FeatureRow>();
        foreach (var (batch, labels) in images.Chunk(BatchSize).Zip(train.GetColumn<uint>("Label").Chunk(BatchSize)))
        {
            cancellation.ThrowIfCancellationRequested();
            rows.AddRange(Features(body, batch).Zip(labels, (values, label) => new FeatureRow(values, label - 1)));
            progress.Report((double)rows.Count / images.Length);
        }
        // Keys in memory count from 0, those of a column from 1.
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[nameof(FeatureRow.Label)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        var options = new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 };
        var fitted = ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options)
            .Fit(ml.Data.LoadFromEnumerable(rows, schema)).Model;
        return WithHead(fitted, classes);
    }

    private static Module<Tensor, Tensor> WithHead(MaximumEntropyModelParameters fitted, int classes)
    {
        var weights = new VBuffer<float>[classes];
        fitted.GetWeights(ref weights, out _);
        var network = PretrainedResNet.Create(classes);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var head = (Linear)network.named_children().Single(child => child.name == "head").module;
        head.weight!.copy_(tensor(weights.SelectMany(row => row.DenseValues()).ToArray(), head.weight.shape));
        head.bias!.copy_(tensor(fitted.GetBiases().ToArray()));
        return network;
    }

    private static IEnumerable<float[]> Features(Module<Tensor, Tensor> body, float[][] images)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var shape = PretrainedResNet.InputShape.Batch(images.Length);
        var values = body.call(tensor(images.SelectMany(image => image).ToArray(), shape)).data<float>().ToArray();
        return values.Chunk(PretrainedResNet.Features);
    }
}
