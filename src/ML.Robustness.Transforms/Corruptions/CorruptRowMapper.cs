using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Corruptions;

/// <summary>The step bound to rows of one schema.</summary>
internal sealed class CorruptRowMapper(CorruptionParameters corruption, DataViewSchema inputSchema, DataViewSchema.Column images)
    : BatchedRowMapper(inputSchema, [images], [new(corruption.OutputColumnName, images.Type, images.Annotations)])
{
    private readonly CorruptionParameters _corruption = corruption;

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) => _corruption.Images.IsBytes
        ? new Batch<byte>(_corruption, source, Inputs[0], capacity)
        : new Batch<float>(_corruption, source, Inputs[0], capacity);

    private sealed class Batch<T>(
        CorruptionParameters corruption, DataViewRow source, DataViewSchema.Column images, int capacity) : RowBatch
        where T : unmanaged
    {
        private readonly FeatureBlock _block = FeatureBlock.Over(source, images, corruption.Images, capacity);
        private readonly ValueGetter<DataViewRowId> _getId = source.GetIdGetter();
        private readonly long[] _numbers = new long[capacity];
        private readonly T[] _corrupted = new T[capacity * corruption.Images.Shape.Length];
        private DataViewRowId _id;

        internal override Delegate CreateGetter(int output, Func<int> row) =>
            VectorValues.Getter(_corrupted, corruption.Images.Shape.Length, row);

        private protected override void Read(int row)
        {
            _getId(ref _id);
            _numbers[row] = RowIdHash.Of(_id);
            _block.Add();
            _block.CheckFinite();
        }

        private protected override void Reset() => _block.Clear();

        private protected override void Compute()
        {
            if (_block.Count == 0)
                return;
            using var scope = NewDisposeScope();
            corruption.Run(_block, _numbers[.._block.Count])
                .contiguous().bytes.CopyTo(MemoryMarshal.AsBytes(_corrupted.AsSpan()));
        }
    }
}
