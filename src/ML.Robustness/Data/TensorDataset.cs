using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>A data set in one tensor; bytes are converted batch by batch.</summary>
internal sealed class TensorDataset : LabeledDataset
{
    private readonly Tensor _inputs; // (N, C, H, W) or (N, length), uint8 or float32
    private readonly Tensor _labels; // (N), int64
    private readonly long _rows;

    internal TensorDataset(Tensor inputs, Tensor labels, InputShape shape, int classes, long firstRow)
        : base(shape, classes, firstRow)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        if (inputs.dtype is not (ScalarType.Byte or ScalarType.Float32))
            throw new ArgumentException(
                $"Inputs must be uint8 or float32, but are {inputs.dtype}. Convert them with to(ScalarType.Float32).",
                nameof(inputs));
        if (labels.dtype is not (ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64))
            throw new ArgumentException($"Labels must be integers, but are {labels.dtype}. Give the class numbers, from 0.",
                nameof(labels));

        var size = inputs.shape;
        _rows = size.Length == 0 ? 0 : size[0];
        if (size.Length < 2 || inputs.numel() != _rows * shape.Length)
            throw new ArgumentException(
                $"Inputs must have {shape.Length} values a row (shape {shape}), but are [{string.Join(", ", size)}].",
                nameof(inputs));
        if (labels.dim() != 1 || labels.size(0) != _rows)
            throw new ArgumentException(
                $"Labels must have one entry for each of the {_rows} rows, but are {TensorShape.Text(labels)}.",
                nameof(labels));

        using var scope = NewDisposeScope();
        // Tensors made under inference_mode cannot take part in training: rows get memory of their own.
        var isInference = is_inference_mode_enabled();
        using var recording = new RecordingScope();
        _inputs = (isInference ? inputs.clone() : inputs).reshape(shape.Batch(_rows)).contiguous().detach()
            .DetachFromDisposeScope();
        _labels = labels.to(ScalarType.Int64, inputs.device).contiguous().detach().DetachFromDisposeScope();
        inputs.Dispose();
        labels.Dispose();
    }

    public override long? RowCount => _rows;

    public override IEnumerable<LabeledBatch> Batches(int batchSize, ulong? shuffleSeed)
    {
        BatchPlan.Check(batchSize);
        return Pass(batchSize, shuffleSeed);
    }

    private IEnumerable<LabeledBatch> Pass(int batchSize, ulong? shuffleSeed)
    {
        var order = shuffleSeed is { } seed ? SplitMix64.Permutation(_rows, seed) : null;
        foreach (var (start, count) in BatchPlan.Of(_rows, batchSize))
        {
            var rows = new long[count];
            for (var i = 0; i < count; i++) rows[i] = order is null ? start + i : order[start + i];
            yield return Gather(rows);
        }
    }

    private LabeledBatch Gather(long[] rows)
    {
        using var scope = NewDisposeScope();
        var positions = tensor(rows, device: CPU).to(_inputs.device);
        var inputs = _inputs.index_select(0, positions);
        if (inputs.dtype == ScalarType.Byte) inputs = inputs.to(ScalarType.Float32).div_(Kept(255));
        return new LabeledBatch(inputs, _labels.index_select(0, positions), Array.ConvertAll(rows, row => FirstRow + row));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inputs.Dispose();
            _labels.Dispose();
        }

        base.Dispose(disposing);
    }
}
