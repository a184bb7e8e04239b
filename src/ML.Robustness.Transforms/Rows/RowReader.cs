using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Rows;

/// <summary>
/// Turns the rows of an <see cref="IDataView"/> into a data set of tensors, and names the row that cannot be trained on.
/// </summary>
/// <param name="features">The column of features.</param>
/// <param name="label">The column of labels.</param>
/// <param name="poolRows">The rows to hold in memory at once; null for all.</param>
/// <param name="cancellation">Ends reading early.</param>
internal sealed class RowReader(FeatureColumn features, LabelColumn label, int? poolRows, CancellationToken cancellation)
{
    private const int BlockValues = 1 << 22;

    /// <summary>
    /// The class numbers below the greatest that no row has, where labels are numbers; known after the first pass.
    /// </summary>
    internal IReadOnlyList<int> EmptyClasses { get; private set; } = [];

    /// <summary>
    /// Reads training rows, from which the classes are learned where the label's type does not tell them, and those set aside for
    /// validation.
    /// </summary>
    /// <param name="data">The rows.</param>
    /// <param name="split">Which of them are set aside.</param>
    /// <param name="classes">The number of classes; null for what the labels tell.</param>
    internal (LabeledDataset Training, LabeledDataset? Validation) ReadTraining(
        IDataView data, RowSplit split, int? classes = null)
    {
        var known = classes ?? LabelColumn.ClassesOf(data.Schema, label.Name);
        var survey = Survey(data, known, split);
        if (survey.Rows == 0)
            throw new InvalidOperationException(
                "The training data have no rows. Check the path of the file, and the filters before this step.");
        if (survey.HasOneClass)
            throw new InvalidOperationException(
                $"All {survey.Rows} training rows have the same label in column '{label.Name}': a classifier needs two " +
                "classes or more. Give rows of every class.");
        var count = known ?? survey.Largest + 1;
        var training = Read(data, count, survey.Rows, row => !split.IsSetAside(row));
        if (split.Fraction == 0)
            return (training, null);
        try
        {
            if (survey.SetAside == 0)
                throw new InvalidOperationException(
                    $"A fraction of {split.Fraction.ToString(CultureInfo.InvariantCulture)} of {survey.Rows} rows leaves none " +
                    "to validate on. Raise Options.ValidationFraction.");
            return (training, Read(data, count, survey.SetAside, split.IsSetAside));
        }
        catch
        {
            training.Dispose();
            throw;
        }
    }

    /// <summary>Reads validation rows, whose labels must be among the classes of the training rows.</summary>
    internal LabeledDataset ReadValidation(IDataView data, int classes)
    {
        var rows = Survey(data, classes, default).Rows;
        if (rows == 0)
            throw new InvalidOperationException(
                "The validation data have no rows. Check the path of the file, and the filters before this step.");
        return Read(data, classes, rows, _ => true);
    }

    private LabeledDataset Read(IDataView data, int classes, long rows, Func<long, bool> isWanted) => poolRows is { } pool
        ? LabeledDataset.FromStream(() => Stream(data, classes, rows, isWanted), features.Shape, classes, pool)
        : Load(data, classes, rows, isWanted);

    private LabeledDataset Load(IDataView data, int classes, long rows, Func<long, bool> isWanted)
    {
        LibTorch.Require();
        using var scope = NewDisposeScope();
        var inputs = empty(features.Shape.Batch(rows), features.IsBytes ? ScalarType.Byte : ScalarType.Float32, CPU);
        var labels = new long[rows];
        var read = 0L;
        var capacity = (int)Math.Clamp(BlockValues / features.Shape.Length, 1, rows);
        foreach (var (block, value) in Blocks(data, classes, rows, isWanted, capacity))
        {
            labels[read++] = value;
            if (block.Count == capacity || read == rows)
                Flush(block, inputs, read);
        }

        inputs.MoveToOuterDisposeScope();
        return LabeledDataset.FromTensors(inputs, tensor(labels, device: CPU).MoveToOuterDisposeScope(), features.Shape, classes);
    }

    private void Flush(FeatureBlock block, Tensor inputs, long end)
    {
        cancellation.ThrowIfCancellationRequested();
        using (var rows = block.ToTensor())
        using (var place = inputs.narrow(0, end - block.Count, block.Count))
            place.copy_(rows);
        block.Clear();
    }

    private IEnumerable<LabeledRow> Stream(IDataView data, int classes, long rows, Func<long, bool> isWanted)
    {
        foreach (var (block, value) in Blocks(data, classes, rows, isWanted, 1))
        {
            yield return block.LastRow(value);
            block.Clear();
        }
    }

    // Every wanted row with the block it was appended to; who reads them clears the block before it is full.
    private IEnumerable<(FeatureBlock Block, int Label)> Blocks(
        IDataView data, int classes, long rows, Func<long, bool> isWanted, int capacity)
    {
        using var cursor = data.GetRowCursor([data.Schema[features.Name], data.Schema[label.Name]]);
        var block = FeatureBlock.Over(cursor, data.Schema[features.Name], features, capacity);
        var getLabel = label.Reader(cursor, classes);
        var given = 0L;
        for (var row = 0L; cursor.MoveNext(); row++)
        {
            if (!isWanted(row))
                continue;
            if (given++ == rows)
                throw Changed(rows, "more");
            block.Add();
            block.CheckFinite();
            yield return (block, getLabel());
        }

        if (given < rows)
            throw Changed(rows, given.ToString(CultureInfo.InvariantCulture));
    }

    // A pass over the labels alone, which is quick: the features of a lazy source are not made.
    private (long Rows, long SetAside, int Largest, bool HasOneClass) Survey(IDataView data, int? classes, RowSplit split)
    {
        using var cursor = data.GetRowCursor([data.Schema[label.Name]]);
        var getLabel = label.Reader(cursor, classes);
        var (row, setAside, largest) = (0L, 0L, -1);
        int? first = null;
        var hasOneClass = true;
        var seen = new HashSet<int>();
        for (; cursor.MoveNext(); row++)
        {
            if ((row & 0xFFFF) == 0)
                cancellation.ThrowIfCancellationRequested();
            var value = getLabel();
            largest = Math.Max(largest, value);
            seen.Add(value);
            if (split.IsSetAside(row))
                setAside++;
            else
                hasOneClass &= value == (first ??= value);
        }

        EmptyClasses = classes is null ? [.. Enumerable.Range(0, largest + 1).Where(number => !seen.Contains(number))] : [];
        return (row - setAside, setAside, largest, hasOneClass);
    }

    private static InvalidOperationException Changed(long promised, string found) =>
        new(
            $"The data had {promised} rows on the first pass and {found} on the second: they must be the same on every pass. " +
            "Keep them in memory with ml.Data.Cache first.");
}
