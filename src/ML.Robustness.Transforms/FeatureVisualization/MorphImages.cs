using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Imaging;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>
/// Makes the rows that <c>MorphToClass</c> returns: one for each original, with a column for each image of the way.
/// </summary>
internal static class MorphImages
{
    internal static IDataView Make(VisualizedClassifier seen, IDataView data, string target, MorphOptions options)
    {
        if (!ImageColumns.IsImage(seen.Shape))
            throw new ArgumentException(
                $"MorphToClass shows images of one or three channels, but the classifier reads rows of "
                + $"{seen.Shape}.", nameof(data));
        var index = seen.ClassOf(target);
        using var scope = NewDisposeScope();
        var originals = seen.ReadInputs(data, options.Rows, options.CancellationToken);
        var count = (int)originals.shape[0];
        var targets = full([count], Kept((long)index), ScalarType.Int64, originals.device);
        using var found = options.Morph.Towards(
            seen.Classifier.Network, originals, targets, options.Progress, options.CancellationToken);
        var columns = new List<ImageViewColumn>
        {
            ImageViewColumn.Integers("Row", [.. Enumerable.Range(0, count)]),
            ImageViewColumn.Texts("Target", [.. Enumerable.Repeat(target, count)]),
            ImageViewColumn.Vectors(
                "Probability", VisualizedClassifier.Rows(found.Probabilities), InputShape.Vector(found.Steps.Count)),
        };
        for (var place = 0; place < found.Steps.Count; place++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Step{found.Steps[place]}");
            columns.AddRange(
                ImageColumns.Images(
                    name, VisualizedClassifier.Rows(found.Values.select(1, place)), seen.Shape, options.Morph.ThreatModel.Range,
                    options.ColorOrder));
        }
        columns.Add(
            ImageViewColumn.Vectors(
                "Values", VisualizedClassifier.Rows(found.Values.select(1, found.Steps.Count - 1)), seen.Shape));
        return new ImageView([.. columns]);
    }
}
