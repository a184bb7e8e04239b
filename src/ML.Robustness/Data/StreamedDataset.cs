using System.Runtime.InteropServices;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>A data set of streamed rows, read again for each epoch and shuffled in a pool of bounded size.</summary>
internal sealed class StreamedDataset : LabeledDataset
{
    private readonly Func<IEnumerable<LabeledRow>> _open;
    private readonly int _poolRows;
    private long? _rowCount;

    internal StreamedDataset(
        Func<IEnumerable<LabeledRow>> rows, InputShape shape, int classes, int poolRows, long firstRow)
        : base(shape, classes, firstRow)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(poolRows, 1);
        _open = rows;
        _poolRows = poolRows;
    }

    public override long? RowCount => _rowCount;

    public override IEnumerable<LabeledBatch> Batches(int batchSize, ulong? shuffleSeed)
    {
        BatchPlan.Check(batchSize);
        return Pass(batchSize, shuffleSeed is { } seed ? Shuffled(seed) : InOrder());
    }

    // A full batch is held back until two more rows are known to follow, so that a single last row can join it.
    private IEnumerable<LabeledBatch> Pass(int batchSize, IEnumerable<StoredRow> rows)
    {
        var capacity = batchSize + 2;
        BatchBuffer? buffer = null;
        foreach (var row in rows)
        {
            buffer ??= new BatchBuffer(Shape, row.IsBytes, capacity);
            buffer.Add(row);
            if (buffer.Count == capacity) yield return buffer.Take(batchSize);
        }

        if (buffer is null) yield break;
        if (buffer.Count == batchSize + 1 && batchSize == 1) yield return buffer.Take(1);
        yield return buffer.Take(buffer.Count);
    }

    private IEnumerable<StoredRow> Shuffled(ulong seed)
    {
        var random = new SplitMix64(seed);
        var pool = new List<StoredRow>();
        foreach (var row in InOrder())
        {
            if (pool.Count < _poolRows)
            {
                pool.Add(row.Copy(null));
                continue;
            }

            var place = (int)random.Below(pool.Count);
            yield return pool[place];
            pool[place] = row.Copy(pool[place].Owned);
        }

        while (pool.Count > 0)
        {
            var place = (int)random.Below(pool.Count);
            yield return pool[place];
            pool[place] = pool[^1];
            pool.RemoveAt(pool.Count - 1);
        }
    }

    private IEnumerable<StoredRow> InOrder()
    {
        var number = FirstRow;
        bool? isBytes = null;
        foreach (var row in _open())
        {
            var length = row.IsBytes ? row.Bytes.Length : row.Values.Length;
            if (length != Shape.Length)
                throw new InvalidDataException(
                    $"Row {number} has {length} values, but the data set's shape {Shape} has {Shape.Length}.");
            if ((isBytes ??= row.IsBytes) != row.IsBytes)
                throw new InvalidDataException(
                    $"Row {number} holds {(row.IsBytes ? "bytes" : "numbers")}, but the rows before "
                        + $"it {(row.IsBytes ? "numbers" : "bytes")}. Give all rows alike.");
            yield return new StoredRow(row, number++);
        }

        var count = number - FirstRow;
        if (_rowCount is { } before && before != count)
            throw new InvalidDataException(
                $"The data set had {before} rows on an earlier pass and has {count} on this one. Every pass must give the "
                    + $"same rows.");
        _rowCount = count;
    }

    /// <summary>A row with its number; rows in the pool own their bytes.</summary>
    private readonly record struct StoredRow(LabeledRow Row, long Number, byte[]? Owned = null)
    {
        internal bool IsBytes => Row.IsBytes;

        internal ReadOnlySpan<byte> Content =>
            Owned ?? (Row.IsBytes ? Row.Bytes.Span : MemoryMarshal.AsBytes(Row.Values.Span));

        internal StoredRow Copy(byte[]? reuse)
        {
            var content = Content;
            reuse ??= new byte[content.Length];
            content.CopyTo(reuse);
            return new StoredRow(
                Row.IsBytes ? new LabeledRow(default(ReadOnlyMemory<byte>), Row.Label)
                    : new LabeledRow(default(ReadOnlyMemory<float>), Row.Label), Number, reuse);
        }
    }

    /// <summary>The pool of rows from which batches are taken.</summary>
    private sealed class BatchBuffer(InputShape shape, bool isBytes, int capacity)
    {
        private readonly int _rowBytes = shape.Length * (isBytes ? 1 : sizeof(float));
        private readonly List<byte[]> _content = [];
        private readonly long[] _labels = new long[capacity];
        private readonly long[] _numbers = new long[capacity];

        internal int Count { get; private set; }

        internal void Add(StoredRow row)
        {
            if (_content.Count == Count) _content.Add(new byte[_rowBytes]);
            row.Content.CopyTo(_content[Count]);
            _labels[Count] = row.Row.Label;
            _numbers[Count++] = row.Number;
        }

        internal LabeledBatch Take(int rows)
        {
            using var scope = NewDisposeScope();
            var inputs = empty(shape.Batch(rows), isBytes ? ScalarType.Byte : ScalarType.Float32, CPU);
            var target = inputs.bytes;
            for (var i = 0; i < rows; i++) _content[i].CopyTo(target[(i * _rowBytes)..]);
            if (isBytes) inputs = inputs.to(ScalarType.Float32).div_(Kept(255));
            var batch = new LabeledBatch(inputs, tensor(_labels[..rows], device: CPU), _numbers[..rows]);
            Keep(rows);
            return batch;
        }

        private void Keep(int from)
        {
            for (var i = from; i < Count; i++)
            {
                (_content[i - from], _content[i]) = (_content[i], _content[i - from]);
                _labels[i - from] = _labels[i];
                _numbers[i - from] = _numbers[i];
            }

            Count -= from;
        }
    }
}
