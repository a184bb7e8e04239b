using ML.Robustness.Data;
using ML.Robustness.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>The rows of a data set that a feature of a network answers to most, and those that it answers to least.</summary>
public sealed class ActivationRanking
{
    private const int RowsAtOnce = 256;

    private ActivationRanking(IReadOnlyList<ActivatedRow> top, IReadOnlyList<ActivatedRow> bottom, long rows) =>
        (Top, Bottom, Rows) = (top, bottom, rows);

    /// <summary>The rows of the largest scores, the largest first; of equal ones the earlier row comes first.</summary>
    public IReadOnlyList<ActivatedRow> Top { get; }

    /// <summary>The rows of the smallest scores, the smallest first; of equal ones the earlier row comes first.</summary>
    public IReadOnlyList<ActivatedRow> Bottom { get; }

    /// <summary>The number of rows that were ranked.</summary>
    public long Rows { get; }

    /// <summary>Ranks all rows; only those asked for are held in memory.</summary>
    /// <param name="model">The network; left as it was.</param>
    /// <param name="objective">What rows are ranked by.</param>
    /// <param name="data">The rows.</param>
    /// <param name="count">How many rows are wanted of each end: one or more; fewer come where there are fewer.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>Both ends, in managed memory only.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below one.</exception>
    /// <exception cref="ArgumentException">There are no rows, or the network has no such feature.</exception>
    /// <exception cref="InvalidOperationException">The network fails, or the objective is not finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static ActivationRanking Measure(
        Module<Tensor, Tensor> model, FeatureObjective objective, LabeledDataset data, int count,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var frozen = new ModelScope(model);
        var device = ModelCall.DeviceOf(model);
        var (top, bottom) = (new List<ActivatedRow>(), new List<ActivatedRow>());
        var rows = 0L;
        foreach (var batch in data.Batches(RowsAtOnce, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                var scores = ObjectiveScores.Of(model, objective.Slice(rows, batch.Count), batch.Inputs.to(device), cancellation);
                var labels = batch.Labels.cpu().data<long>().ToArray();
                for (var i = 0; i < scores.Length; i++)
                    Enter(batch, i, labels[i], scores[i]);
                rows += batch.Count;
            }
        }
        return rows > 0
            ? new ActivationRanking(top, bottom, rows)
            : throw new ArgumentException("The data set has no rows to rank.", nameof(data));

        void Enter(LabeledBatch batch, int position, long label, double score)
        {
            ActivatedRow? row = null;
            Insert(top, other => score > other.Score);
            Insert(bottom, other => score < other.Score);

            void Insert(List<ActivatedRow> end, Predicate<ActivatedRow> isBeaten)
            {
                if (end.Count == count && !isBeaten(end[^1]))
                    return;
                var place = end.FindIndex(isBeaten);
                row ??= new ActivatedRow(
                    batch.RowNumbers[position], label, score, batch.Inputs[position].cpu().contiguous().data<float>().ToArray());
                end.Insert(place < 0 ? end.Count : place, row);
                if (end.Count > count)
                    end.RemoveAt(count);
            }
        }
    }
}
