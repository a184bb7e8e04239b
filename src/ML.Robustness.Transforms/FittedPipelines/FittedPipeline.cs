using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.DifferentiableChains;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RawFeatures;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.FittedPipelines;

/// <summary>Makes a classifier of a fitted pipeline, which reads its raw columns as one vector.</summary>
internal static class FittedPipeline
{
    private const int MostRows = 1000;

    internal static NeuralClassifierTransformer ToClassifier(
        TrainCatalogBase catalog, ITransformer model, IDataView data, IReadOnlyList<string> columnNames, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(columnNames);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        if (columnNames.Count == 0)
            throw new ArgumentException("Name the raw columns that the classifier reads, one or more.", nameof(columnNames));
        LibTorch.Require();
        var isBinary = catalog is BinaryClassificationCatalog;
        var scores = ModelScores.Of(model, model.GetOutputSchema(data.Schema)) ?? throw new ArgumentException(
            $"The model is no classifier: {model.GetType().Name} does not leave a column 'Score' of classes.", nameof(model));
        if (isBinary && scores.Classes != 2)
            throw new ArgumentException(
                $"The model has {scores.Classes} classes, but ml.BinaryClassification has classifiers of 2. "
                + "Use the same method of ml.MulticlassClassification.", nameof(catalog));
        var needed = StepDependencies.Of([.. ClassifierChain.StepsOf(model)], data.Schema, scores.ColumnName);
        var raw = RawColumns.Of(data.Schema, columnNames, needed);
        if (raw.Columns.FirstOrDefault(column => column.Fixed is not null) is { } other)
            throw new ArgumentException(
                $"The model's scores depend on column '{other.Name}' of {other.Type} as well, which is not named. Name all "
                    + $"numbers "
                + "that it reads; where it reads others, transform the data by the steps that read them, and give the steps "
                + "after them as the model.", nameof(columnNames));

        var host = Environments.Of(catalog).Register(NeuralClassifierTransformer.LoaderSignature);
        using var channel = host.Start("Reading a pipeline");
        var (network, candidate) = NetworkOf(model, raw, scores, data, channel);
        try
        {
            return new NeuralClassifierTransformer(
                host, raw.Features.In(featureColumnName),
                scores.Values ?? (isBinary ? KeyValues.Booleans : null), scores.Classes,
                isBinary ? ClassifierKind.Binary : ClassifierKind.Multiclass,
                ModelArchitecture.Of(SourceOf(model, data.Schema, columnNames, candidate), NetworkAdapter.None), network, CPU);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The pipeline's own file; where it cannot be saved, the classifier cannot be, either.</summary>
    private static NetworkSource SourceOf(
        ITransformer model, DataViewSchema schema, IReadOnlyList<string> columnNames, int? candidate)
    {
        try
        {
            return new NetworkFile(
                PipelineContent.Format, PipelineContent.Of(model, schema, columnNames, candidate).ToBytes());
        }
        catch (Exception error) when (error is NotSupportedException or NotImplementedException or InvalidOperationException)
        {
            return new GivenModule("Pipeline", $"The pipeline of the classifier cannot be saved: {error.Message}");
        }
    }

    private static (Module<Tensor, Tensor> Network, int? Candidate) NetworkOf(
        ITransformer model, RawColumns raw, ModelScores scores, IDataView data, IChannel channel)
    {
        using var rows = RowsOf(raw, data, scores.Classes);
        if (DifferentiableChain.Of(model, raw, scores, rows, CPU, out var reason) is { } network)
            return (network, network.Chosen);
        channel.Warning(MessageSensitivity.None,
            $"The classifier has scores, but no gradients: {reason}. Methods that need them will say so.");
        return (new ScoringNetwork(model, raw, scores), null);
    }

    /// <summary>The first rows, by which the network is compared with the model.</summary>
    private static LabeledDataset RowsOf(RawColumns raw, IDataView data, int classes)
    {
        var view = RawFeatureRows.Of(data, raw);
        using var kept = new FeatureRows(raw.Features, MostRows, default);
        var source = view.Schema[raw.Features.Name];
        using (var cursor = view.GetRowCursor([source]))
        {
            var keep = kept.Reader(cursor, source);
            while (kept.Count < MostRows && cursor.MoveNext())
                keep();
        }
        if (kept.Count == 0)
            throw new InvalidOperationException(
                "The data have no rows. Check the path of the file, and the filters before this step.");
        return LabeledDataset.FromTensors(
            kept.ToTensor(), zeros([kept.Count], ScalarType.Int64, CPU), raw.Features.Shape, classes);
    }
}
