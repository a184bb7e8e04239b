using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>A data set of labelled rows that can be read any number of times, in batches.</summary>
/// <remarks>
/// Every row comes exactly once a pass. A last batch of a single row joins the one before it, since batch normalisation cannot
/// train on one row.
/// </remarks>
public abstract class LabeledDataset : IDisposable
{
    /// <summary>Creates a data set.</summary>
    /// <param name="shape">The shape of one row.</param>
    /// <param name="classes">The number of classes, 2 or more; labels go from 0 to one less.</param>
    /// <param name="firstRow">The number of the first row within the whole, from which the batches number their rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There are fewer than two classes, the shape is empty, or <paramref name="firstRow"/> is negative.
    /// </exception>
    protected LabeledDataset(InputShape shape, int classes, long firstRow = 0)
    {
        if (shape.Length < 1)
            throw new ArgumentOutOfRangeException(nameof(shape),
                $"The input shape must have at least one value, but is {shape}.");
        if (classes < 2)
            throw new ArgumentOutOfRangeException(nameof(classes),
                $"A classifier needs two classes or more, but the data set has {classes}.");
        Shape = shape;
        Classes = classes;
        FirstRow = ArgumentChecks.FirstRow(firstRow, nameof(firstRow));
    }

    /// <summary>The shape of one row.</summary>
    public InputShape Shape { get; }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of the first row within the whole.</summary>
    /// <value>
    /// 0 for a whole. A part of a larger data set, such as one of several machines has, draws the random numbers of its rows as
    /// the whole does: row i of the part is row FirstRow + i. A part may be empty where this is above 0.
    /// </value>
    public long FirstRow { get; }

    /// <summary>The number of rows; null for a stream that was not read to its end yet.</summary>
    public abstract long? RowCount { get; }

    /// <summary>Reads all rows once, in batches.</summary>
    /// <param name="batchSize">Rows a batch, 1 or more; only the last may differ.</param>
    /// <param name="shuffleSeed">Rows come in an order drawn from this seed; null for the order they have.</param>
    /// <returns>The batches, made as they are asked for. The caller disposes each.</returns>
    public abstract IEnumerable<LabeledBatch> Batches(int batchSize, ulong? shuffleSeed);

    /// <summary>Creates a data set of rows in memory.</summary>
    /// <param name="inputs">(N, …) with as many values a row as the shape has: uint8, kept as bytes and divided by 255 when a
    /// batch is made, or float32.</param>
    /// <param name="labels">(N), integers from 0.</param>
    /// <param name="shape">The shape of one row.</param>
    /// <param name="classes">The number of classes, 2 or more.</param>
    /// <param name="firstRow">The number of the first row within the whole: see <see cref="FirstRow"/>.</param>
    /// <returns>The data set, which owns both tensors from now on. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The tensors do not fit the shape, each other, or the types above.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstRow"/> is negative.</exception>
    public static LabeledDataset FromTensors(
        Tensor inputs, Tensor labels, InputShape shape, int classes, long firstRow = 0) =>
        new TensorDataset(inputs, labels, shape, classes, firstRow);

    /// <summary>Creates a data set of streamed rows, read again for each epoch, so that it can be larger than memory.</summary>
    /// <param name="rows">Opens the rows; each call starts at the first one and gives the same rows.</param>
    /// <param name="shape">The shape of one row.</param>
    /// <param name="classes">The number of classes, 2 or more.</param>
    /// <param name="poolRows">
    /// The number of rows held in memory for shuffling, 1 or more: rows are drawn from this pool at random, and each leaves its
    /// place to the next one read. The default is 16384.
    /// </param>
    /// <param name="firstRow">The number of the first row within the whole: see <see cref="FirstRow"/>.</param>
    /// <returns>The data set. The caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="poolRows"/> is below 1, or <paramref name="firstRow"/> negative.
    /// </exception>
    public static LabeledDataset FromStream(Func<IEnumerable<LabeledRow>> rows, InputShape shape, int classes,
        int poolRows = 16384, long firstRow = 0) =>
        new StreamedDataset(rows, shape, classes, poolRows, firstRow);

    /// <summary>Frees the data set's tensors.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the data set's tensors.</summary>
    /// <param name="disposing">False when called by a finaliser.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
