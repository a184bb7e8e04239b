using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.FeatureVisualization;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Reports;

/// <summary>A model of a report: its measurements and images.</summary>
internal sealed class ReportedModel : IDisposable
{
    private const int Steps = 100;
    private const double StartNoise = 0.05, RelativeStep = 0.1;

    private static readonly double[] Shares = [0.25, 0.5, 0.75, 1]; // of the radius

    private readonly TrainCatalogBase _catalog;
    private readonly ITransformer _model;
    private readonly IDataView _data;
    private readonly ModelReportOptions _options;
    private readonly EvaluatedModel _attacked;
    private readonly ulong _seed;

    internal ReportedModel(
        string name,
        ITransformer model,
        IDataView data,
        TrainCatalogBase catalog,
        ModelReportOptions options,
        ulong seed)
    {
        (Name, _model, _data, _catalog, _options, _seed) = (name, model, data, catalog, options, seed);
        _attacked = EvaluatedModel.OfOneColumn(
            catalog, model, data, options.LabelColumnName, null, options.CancellationToken, options.FirstRow);
        if (_attacked.Data.RowCount == 0)
        {
            _attacked.Dispose();
            throw new InvalidOperationException(
                $"The part from row {options.FirstRow} has no rows: a report shows one or more.");
        }
        if (_attacked.HasGradients && _attacked.Features.Shape is { IsImage: true, Channels: 1 or 3 })
            return;
        var message = _attacked.HasGradients
            ?
                $"The report draws images, but the rows of model '{name}' have the shape {_attacked.Features.Shape}: "
                + "expected images of 1 or 3 channels. Use EvaluateRobustness and EvaluateAttributions."
            :
                $"The report computes attributions from gradients, which model '{name}' does not have: "
                + $"expected a {nameof(NeuralClassifierTransformer)}, alone or in a chain. Train one with AdversarialTraining.";
        _attacked.Dispose();
        throw new ArgumentException(message, nameof(model));
    }

    internal string Name { get; }

    internal IReadOnlyList<string> ClassNames => _attacked.ClassNames;

    internal int Classes => _attacked.Data.Classes;

    internal AttributionMethod Method => _options.Method ?? new SmoothedAttribution(new Saliency()) { Range = Range };

    private InputShape Shape => _attacked.Features.Shape;

    private ValueRange Range => _options.ThreatModel.Range;

    internal RobustnessMetrics Attack(IProgress<double> progress) => RobustnessEvaluation.Run(_catalog, _model, _data, new()
    {
        ThreatModel = _options.ThreatModel,
        Suite = _options.Suite ?? (static threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 })),
        LabelColumnName = _options.LabelColumnName,
        Epsilons = [0, .. _options.Epsilons ?? [.. Shares.Select(share => share * _options.ThreatModel.Epsilon)]],
        Seed = _seed,
        FirstRow = _options.FirstRow,
        Progress = new ShareProgress(progress),
        CancellationToken = _options.CancellationToken,
    });

    internal AttributionQualityReport Measure(IProgress<double> progress)
    {
        var rows = Math.Min(_options.ExplainedRows, (int)_attacked.Data.RowCount!.Value);
        using var picked = Pick([.. Enumerable.Range(0, rows)]);
        using var data = LabeledDataset.FromTensors(
            picked.Batch.Inputs.clone(), picked.Batch.Labels.clone(), Shape, _attacked.Data.Classes,
            _options.FirstRow);
        return new AttributionQuality(Method) { Range = Range }
            .Measure(_attacked.Network, data, _seed, progress: progress, cancellation: _options.CancellationToken);
    }

    /// <summary>The rows to show: the first of each class, then the first of those left.</summary>
    internal int[] Examples()
    {
        var labels = new List<long>();
        foreach (var batch in _attacked.Data.Batches(1024, null))
        {
            using (batch)
                labels.AddRange(batch.Labels.cpu().data<long>().ToArray());
        }
        var firsts = labels.Select((label, row) => (label, row)).DistinctBy(entry => entry.label)
            .Select(entry => entry.row).ToArray();
        return [.. firsts.Concat(Enumerable.Range(0, labels.Count).Except(firsts)).Take(_options.Examples).Order()];
    }

    /// <summary>
    /// The class of each row, the predicted class, the image, and the attributions of the gradient and the method.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="progress">The receiver of the share of rows done.</param>
    internal IReadOnlyList<ExplainedRow> Explain(int[] rows, IProgress<double> progress)
    {
        var explained = new List<ExplainedRow>();
        foreach (var row in rows)
        {
            explained.Add(Explain(row));
            progress.Report((double)explained.Count / rows.Length);
        }
        return explained;
    }

    private ExplainedRow Explain(int row)
    {
        using var scope = NewDisposeScope();
        using var picked = Pick([row]);
        var inputs = picked.Batch.Inputs.to(_attacked.Device);
        var random = new RowRandom(_seed, picked.Batch.RowNumbers);
        var cancellation = _options.CancellationToken;
        using var plain = new Saliency().Attribute(_attacked.Network, inputs, random: random, cancellation: cancellation);
        using var explained = Method.Attribute(_attacked.Network, inputs, random: random, cancellation: cancellation);
        return new ExplainedRow(
            NameOf(picked.Batch.Labels.item<long>()), NameOf(plain.Targets.item<long>()),
            [
                RgbImage.FromValues(Values(inputs)[0], Shape, Range, _options.ColorOrder),
                _options.Heatmap.Render(Values(plain.Values)[0], Shape),
                _options.Heatmap.Render(Values(explained.Values)[0], Shape),
            ]);
    }

    /// <summary>The visualization of each class, optimised from faint noise.</summary>
    /// <param name="names">The classes, in the order of the images.</param>
    /// <param name="progress">The receiver of the share of steps done.</param>
    internal IReadOnlyList<RgbImage> ShowClasses(IReadOnlyList<string> names, IProgress<double> progress)
    {
        using var scope = NewDisposeScope();
        var visualizer = _options.Visualizer ?? new FeatureVisualizer(ThreatModel.Unbounded(Range))
        {
            Steps = Steps,
            StepSize = RelativeStep * (Range.Maximum - Range.Minimum),
        };
        var start = VisualizationStart.Noise(Shape, 1, new RowRandom(_seed), StartNoise, Range).to(_attacked.Device);
        var images = new List<RgbImage>();
        string[] own = [.. ClassNames];
        foreach (var name in names)
        {
            using var found = visualizer.Visualize(
                _attacked.Network,
                FeatureObjective.Logit(Array.IndexOf(own, name)),
                start,
                new RowRandom(_seed),
                progress: new SubProgress(progress, images.Count, names.Count),
                cancellation: _options.CancellationToken);
            images.Add(RgbImage.FromValues(Values(found.Values)[0], Shape, Range, _options.ColorOrder));
        }
        return images;
    }

    public void Dispose() => _attacked.Dispose();

    private RowSubset Pick(int[] rows) => RowSubset.Of(_attacked.Data, rows, rows.Length).Single();

    private string NameOf(long index) =>
        index < ClassNames.Count ? ClassNames[(int)index] : index.ToString(CultureInfo.InvariantCulture);

    private static float[][] Values(Tensor values)
    {
        var all = values.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        return [.. all.Chunk((int)(all.Length / values.shape[0]))];
    }

    /// <summary>A row with its class, the predicted class, and its images.</summary>
    internal sealed record ExplainedRow(string Class, string Predicted, IReadOnlyList<RgbImage> Images);
}
