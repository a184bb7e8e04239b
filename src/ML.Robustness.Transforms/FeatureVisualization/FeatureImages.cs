using Microsoft.ML;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>Makes the rows that <c>VisualizeFeatures</c> returns.</summary>
internal static class FeatureImages
{
    internal static IDataView Make(VisualizedClassifier seen, VisualizeFeaturesOptions options, ulong seed)
    {
        using var scope = NewDisposeScope();
        var cancellation = options.CancellationToken;
        var range = options.Visualizer.ThreatModel.Range;
        var names = options.Features is null ? seen.ClassNames : [.. options.Features.Select(feature => feature.ToString()!)];
        var features = options.Features ?? [.. Enumerable.Range(0, seen.Classifier.Classes).Select(FeatureObjective.Logit)];
        var starts = Starts(seen, options, seed, cancellation).to(seen.Classifier.Device);
        var count = (int)starts.shape[0];
        var (texts, before, after, scores, startScores) = (
            new List<string>(), new List<float[]>(), new List<float[]>(), new List<float>(), new List<float>());
        for (var feature = 0; feature < features.Count; feature++)
        {
            var share = options.Progress is null ? null : new SubProgress(options.Progress, feature, features.Count);
            using var found = options.Visualizer.Visualize(
                seen.Classifier.Network, features[feature], starts, new RowRandom(seed, (long)feature * count), share,
                cancellation);
            texts.AddRange(Enumerable.Repeat(names[feature], count));
            before.AddRange(VisualizedClassifier.Rows(starts));
            after.AddRange(VisualizedClassifier.Rows(found.Values));
            scores.AddRange(VisualizedClassifier.Numbers(found.Scores));
            startScores.AddRange(VisualizedClassifier.Numbers(found.StartScores));
        }
        return new ImageView([
            ImageViewColumn.Texts("Feature", texts), ImageViewColumn.Numbers("StartScore", startScores),
            ImageViewColumn.Numbers("Score", scores),
            .. ImageColumns.Images("Start", before, seen.Shape, range, options.ColorOrder),
            .. ImageColumns.Images("Image", after, seen.Shape, range, options.ColorOrder),
            ImageViewColumn.Vectors("Values", after, seen.Shape)]);
    }

    private static Tensor Starts(
        VisualizedClassifier seen, VisualizeFeaturesOptions options, ulong seed, CancellationToken cancellation)
    {
        switch (options.Start)
        {
            case VisualizationStartKind.Rows:
                return seen.ReadInputs(options.Data!, options.Count, cancellation);
            case VisualizationStartKind.Mean:
                using (var rows = seen.Read(options.Data!, null, int.MaxValue, cancellation))
                    return VisualizationStart.Mean(rows, cancellation);
            default:
                return VisualizationStart.Noise(
                    seen.Shape, options.Count, new RowRandom(seed).Derive(1), options.NoiseDeviation,
                    options.Visualizer.ThreatModel.Range, options.Visualizer.FrequencyDecay);
        }
    }
}
