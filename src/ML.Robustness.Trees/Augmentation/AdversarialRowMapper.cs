using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Trees.Certification;

namespace ML.Robustness.Trees.Augmentation;

/// <summary>The adversarial rows bound to rows of one schema: an output for each column of features.</summary>
internal sealed class AdversarialRowMapper : BatchedRowMapper
{
    private readonly RawFeatures _features;
    private readonly Lazy<IReadOnlyDictionary<DataViewRowId, float[]>> _found;

    /// <summary>Binds the rows.</summary>
    /// <param name="inputSchema">The columns of the rows.</param>
    /// <param name="features">The features, and the columns that they are in.</param>
    /// <param name="found">The adversarial features of rows that have some; the outputs of others must not be asked for.</param>
    internal AdversarialRowMapper(
        DataViewSchema inputSchema, RawFeatures features, Lazy<IReadOnlyDictionary<DataViewRowId, float[]>> found)
        : base(inputSchema, [.. features.Columns],
            [.. features.Columns.Select(column => new DataViewSchema.DetachedColumn(column.Name, column.Type, null))]) =>
        (_features, _found) = (features, found);

    internal override bool ComputesOnRequest => true;

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) => new Batch(this, source);

    private sealed class Batch(AdversarialRowMapper mapping, DataViewRow source) : RowBatch
    {
        private readonly ValueGetter<DataViewRowId> _getId = source.GetIdGetter();
        private DataViewRowId _id;

        internal override Delegate CreateGetter(int output, Func<int> row)
        {
            var column = mapping.Inputs[output];
            var places = mapping._features.PlacesOf(column);
            if (column.Type is not VectorDataViewType)
                return new ValueGetter<float>((ref float value) => value = Features(row)[places[0].Place]);
            var getVector = source.GetGetter<VBuffer<float>>(column);
            VBuffer<float> vector = default;
            return new ValueGetter<VBuffer<float>>((ref VBuffer<float> value) =>
            {
                var features = Features(row);
                getVector(ref vector);
                float[] values = [.. vector.DenseValues()];
                foreach (var (slot, place) in places)
                    values[slot] = features[place];
                VectorValues.Copy(values, ref value);
            });
        }

        private protected override void Read(int row) => _getId(ref _id);

        private protected override void Reset()
        {
        }

        private protected override void Compute()
        {
        }

        private float[] Features(Func<int> row)
        {
            _ = row();
            return mapping._found.Value[_id];
        }
    }
}
