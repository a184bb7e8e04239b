using Microsoft.ML;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Rows;

/// <summary>Features of rows read once, of which it is not known before how many there are.</summary>
/// <param name="column">The column of features.</param>
/// <param name="expected">How many rows the source says it has; null where it does not know.</param>
/// <param name="cancellation">Ends reading early, between two blocks.</param>
internal sealed class FeatureRows(FeatureColumn column, long? expected, CancellationToken cancellation) : IDisposable
{
    private const int BlockValues = 1 << 20;

    private readonly List<Tensor> _blocks = [];
    private FeatureBlock? _block;
    private Tensor? _whole;
    private long _written, _inWhole;

    /// <summary>How many rows were kept.</summary>
    internal long Count => _written + (_block?.Count ?? 0);

    /// <summary>Returns what keeps the features of the row that the cursor stands on.</summary>
    /// <exception cref="InvalidOperationException">A row has features that are not finite.</exception>
    internal Action Reader(DataViewRow row, DataViewSchema.Column source)
    {
        var capacity = (int)Math.Clamp(BlockValues / column.Shape.Length, 1, 1024);
        Flush();
        _block = FeatureBlock.Over(row, source, column, capacity);
        return () =>
        {
            _block.Add();
            _block.CheckFinite();
            if (_block.Count == _block.Capacity)
                Flush();
        };
    }

    /// <summary>The rows (N, …): uint8 for bytes, float32 else. The caller disposes.</summary>
    internal Tensor ToTensor()
    {
        Flush();
        using var scope = NewDisposeScope();
        if (_written == 0)
            return empty(column.Shape.Batch(0), column.IsBytes ? ScalarType.Byte : ScalarType.Float32, CPU)
                .MoveToOuterDisposeScope();
        if (_whole is null)
            return cat(_blocks).MoveToOuterDisposeScope();
        var filled = _whole.narrow(0, 0, _inWhole);
        return (_blocks.Count == 0 ? filled : cat([filled, .. _blocks])).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _whole?.Dispose();
        _blocks.ForEach(block => block.Dispose());
    }

    private void Flush()
    {
        if (_block is null or { Count: 0 })
            return;
        cancellation.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var rows = _block.ToTensor();
        // A source that knows its number of rows gets one piece of memory; one that was wrong, or does not know, a list of them.
        if (_written == 0 && expected is { } count)
            _whole = empty(column.Shape.Batch(Math.Max(count, rows.shape[0])), rows.dtype, CPU).DetachFromDisposeScope();
        if (_whole is not null && _written == _inWhole && _inWhole + rows.shape[0] <= _whole.shape[0])
        {
            _whole.narrow(0, _inWhole, rows.shape[0]).copy_(rows);
            _inWhole += rows.shape[0];
        }
        else
        {
            _blocks.Add(rows.DetachFromDisposeScope());
        }
        _written += rows.shape[0];
        _block.Clear();
    }
}
