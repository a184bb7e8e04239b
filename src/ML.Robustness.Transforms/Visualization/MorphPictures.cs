using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms;

/// <summary>Makes the rows that <c>MorphTowards</c> returns: one for each original, with a column for each picture of the way.</summary>
internal static class MorphPictures
{
    internal static IDataView Make(SeenClassifier seen, IDataView data, string target, MorphOptions options)
    {
        if (!ShownRows.IsPicture(seen.Shape))
            throw new ArgumentException($"MorphTowards shows images of one or three channels, but the classifier reads rows of {seen.Shape}.", nameof(data));
        var index = seen.ClassOf(target);
        using var scope = NewDisposeScope();
        var originals = seen.ReadInputs(data, options.Rows, options.CancellationToken);
        var count = (int)originals.shape[0];
        var targets = full([count], (long)index, ScalarType.Int64, originals.device);
        using var found = options.Morph.Towards(seen.Classifier.Network, originals, targets, options.Progress, options.CancellationToken);
        var columns = new List<PictureViewColumn>
        {
            PictureViewColumn.Integers("Row", [.. Enumerable.Range(0, count)]),
            PictureViewColumn.Texts("Target", [.. Enumerable.Repeat(target, count)]),
            PictureViewColumn.Vectors("Probability", SeenClassifier.Rows(found.Probabilities), InputShape.Vector(found.Steps.Count)),
        };
        for (var place = 0; place < found.Steps.Count; place++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Step{found.Steps[place]}");
            columns.AddRange(ShownRows.Pictures(name, SeenClassifier.Rows(found.Values.select(1, place)), seen.Shape, options.Morph.ThreatModel.Range));
        }
        columns.Add(PictureViewColumn.Vectors("Values", SeenClassifier.Rows(found.Values.select(1, found.Steps.Count - 1)), seen.Shape));
        return new PictureView([.. columns]);
    }
}
