using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>The step bound to rows of one schema.</summary>
internal sealed class SmoothGradExplainRowMapper : BatchedRowMapper
{
    private readonly SmoothGradParameters _parameters;

    internal SmoothGradExplainRowMapper(SmoothGradParameters parameters, DataViewSchema inputSchema, string output)
        : this(parameters, inputSchema, parameters.Find(inputSchema), output)
    {
    }

    private SmoothGradExplainRowMapper(
        SmoothGradParameters parameters, DataViewSchema inputSchema, DataViewSchema.Column[] inputs, string output)
        : base(inputSchema, inputs, [parameters.ColumnFor(inputs[0], output)]) => _parameters = parameters;

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) => new Batch(_parameters, source, Inputs, capacity);

    private sealed class Batch(
        SmoothGradParameters parameters, DataViewRow source, IReadOnlyList<DataViewSchema.Column> inputs, int capacity) : RowBatch
    {
        private readonly FeatureBlock _block = FeatureBlock.Over(source, inputs[0], parameters.Features, capacity);
        private readonly ValueGetter<DataViewRowId> _getId = source.GetIdGetter();
        private readonly Func<int>? _label = parameters.LabelReader(source);
        private readonly long[] _numbers = new long[capacity], _labels = new long[capacity];
        private readonly float[] _values = new float[capacity * parameters.Length];
        private DataViewRowId _id;

        internal override Delegate CreateGetter(int output, Func<int> row) =>
            VectorValues.Getter(_values, parameters.Length, row);

        private protected override void Read(int row)
        {
            _getId(ref _id);
            _numbers[row] = RowIdHash.Of(_id);
            if (_label is not null)
                _labels[row] = _label();
            _block.Add();
            _block.CheckFinite();
        }

        private protected override void Reset() => _block.Clear();

        private protected override void Compute()
        {
            var count = _block.Count;
            if (count == 0)
                return;
            using var scope = NewDisposeScope();
            var values = parameters.Run(_block, _label is null ? null : _labels[..count], _numbers[..count]);
            values.to(ScalarType.Float32).cpu().contiguous().bytes.CopyTo(MemoryMarshal.AsBytes(_values.AsSpan()));
        }
    }
}
