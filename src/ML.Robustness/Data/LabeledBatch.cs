using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>A batch of labelled rows of a <see cref="LabeledDataset"/>, as tensors.</summary>
/// <remarks>The batch owns its tensors, whatever dispose scope is open: disposing the batch frees them.</remarks>
public sealed class LabeledBatch : IDisposable
{
    /// <summary>Creates a batch, which takes ownership of the tensors.</summary>
    /// <param name="inputs">(N, C, H, W) or (N, length), float32, in the user's range.</param>
    /// <param name="labels">(N), int64.</param>
    /// <param name="rows">The number of each row in the data set, N of them.</param>
    /// <exception cref="ArgumentException">The three do not have the same number of rows.</exception>
    public LabeledBatch(Tensor inputs, Tensor labels, long[] rows)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(rows);
        if (inputs.dim() == 0 || labels.dim() != 1 || inputs.size(0) != rows.Length || labels.size(0) != rows.Length)
            throw new ArgumentException(
                $"Inputs, labels and row numbers must have one entry a row, but are {TensorShape.Text(inputs)}, "
                    + $"{TensorShape.Text(labels)} and {rows.Length} long.", nameof(rows));

        Inputs = inputs.DetachFromDisposeScope();
        Labels = labels.DetachFromDisposeScope();
        RowNumbers = rows;
    }

    /// <summary>The inputs, (N, C, H, W) or (N, length), float32.</summary>
    public Tensor Inputs { get; }

    /// <summary>The labels, (N), int64.</summary>
    public Tensor Labels { get; }

    /// <summary>The number of each row in the data set, from which its random numbers are derived.</summary>
    public ReadOnlyMemory<long> Rows => RowNumbers;

    /// <summary>The number of rows.</summary>
    public int Count => RowNumbers.Length;

    internal long[] RowNumbers { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
    }
}
