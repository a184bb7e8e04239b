using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.EvaluatedModels;

/// <summary>
/// Reads the rows of a measure in one pass: features as a model takes them, and labels as its class numbers.
/// </summary>
internal static class EvaluationRows
{
    /// <summary>Reads rows as they reach a classifier.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="labelColumnName">Their labels; null for none, which gives labels of zero.</param>
    /// <param name="most">How many rows to read at most.</param>
    /// <param name="firstRow">The number of the first row within the whole.</param>
    /// <param name="cancellation">Ends reading early.</param>
    /// <exception cref="InvalidOperationException">There are no rows, or one cannot be read.</exception>
    internal static LabeledDataset Read(
        NeuralClassifierTransformer classifier, IDataView rows, string? labelColumnName, long most,
        long firstRow, CancellationToken cancellation)
    {
        var source = classifier.Features.Find(rows.Schema);
        var columns = new List<DataViewSchema.Column> { source };
        if (labelColumnName is not null)
        {
            LabelColumn.Check(ColumnShapes.Of(rows.Schema), labelColumnName);
            columns.Add(classifier.FindLabels(rows.Schema, labelColumnName));
        }
        var expected = rows.GetRowCount() is { } count ? Math.Min(count, most) : (long?)null;
        using var features = new FeatureRows(classifier.Features, expected, cancellation);
        using var cursor = rows.GetRowCursor(columns);
        var keep = features.Reader(cursor, source);
        var getLabel = labelColumnName is null ? null : classifier.LabelReader(cursor, labelColumnName);
        var labels = new List<long>();
        while (labels.Count < most && cursor.MoveNext())
        {
            keep();
            labels.Add(getLabel?.Invoke() ?? 0);
        }
        return ToDataset(features, labels, classifier.Features, classifier.Classes, firstRow);
    }

    /// <summary>Reads features of rows before a model, and labels behind it.</summary>
    internal static LabeledDataset ReadThrough(
        ITransformer model, IDataView data, FeatureColumn features, string labelColumnName, KeyValues? values, int classes,
        long firstRow, CancellationToken cancellation)
    {
        using var kept = new FeatureRows(features, data.GetRowCount(), cancellation);
        var scored = model.Transform(new TappedRows(data, features, kept));
        LabelColumn.Check(ColumnShapes.Of(scored.Schema), labelColumnName);
        var column = scored.Schema[labelColumnName];
        var labels = new List<long>();
        using (var cursor = scored.GetRowCursor([column]))
        {
            var getLabel = LabelColumn.Resolve(scored.Schema, labelColumnName)
                .Reader(cursor, classes, LabelMap.Of(column, values));
            while (cursor.MoveNext())
                labels.Add(getLabel());
        }
        if (labels.Count != kept.Count)
            throw new InvalidOperationException(
                $"The model gives {labels.Count} rows for the {kept.Count} it gets, so that labels and features do not belong "
                + "together. Leave steps out that filter or add rows.");
        return ToDataset(kept, labels, features, classes, firstRow);
    }

    private static LabeledDataset ToDataset(FeatureRows features, List<long> labels, FeatureColumn column, int classes,
        long firstRow)
    {
        // An empty part of a whole is a part like any other; an empty whole is a mistake.
        if (labels.Count == 0 && firstRow == 0)
            throw new InvalidOperationException(
                "The data have no rows. Check the path of the file, and the filters before this step.");
        return LabeledDataset.FromTensors(
            features.ToTensor(), tensor(labels.ToArray(), device: CPU), column.Shape, classes, firstRow);
    }
}
