using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>Reads features from the input rows of a model, and labels from its output rows.</summary>
internal static class ScoredRows
{
    private const int RowsAtOnce = 1024;

    internal static LabeledDataset Read(
        IDataView data,
        FeatureColumn features,
        IDataView scored,
        LabelColumn label,
        int classes,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var given = data.GetRowCursor([data.Schema[features.Name]]);
        using var made = scored.GetRowCursor([scored.Schema[label.Name]]);
        var block = FeatureBlock.Over(given, data.Schema[features.Name], features, RowsAtOnce);
        var getLabel = label.Reader(made, classes);
        var blocks = new List<Tensor>();
        var labels = new List<long>();
        while (given.MoveNext())
        {
            if (!made.MoveNext())
                throw DropsRows();
            block.Add();
            block.CheckFinite();
            labels.Add(getLabel());
            if (block.Count < RowsAtOnce)
                continue;
            cancellation.ThrowIfCancellationRequested();
            blocks.Add(block.ToTensor());
            block.Clear();
        }
        if (made.MoveNext())
            throw DropsRows();
        if (labels.Count == 0)
            throw new InvalidOperationException(
                "The evaluation data have no rows. Check the path of the file, and the filters before this step.");
        if (block.Count > 0)
            blocks.Add(block.ToTensor());
        return LabeledDataset.FromTensors(
            cat(blocks).MoveToOuterDisposeScope(), tensor(labels.ToArray()).MoveToOuterDisposeScope(), features.Shape, classes);
    }

    private static InvalidOperationException DropsRows() =>
        new("The model gives other rows than it gets, so that labels and features do not belong together. "
            + "Leave steps out that filter or add rows.");
}
