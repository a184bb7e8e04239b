using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The step bound to rows of one schema.</summary>
internal sealed class PgdAugmentRowMapper : BatchedRowMapper
{
    private readonly PgdAugmentParameters _attack;
    private readonly AugmentedColumns _outputs;
    private readonly Func<DataViewRowId, bool> _isWanted;

    /// <summary>Binds the step.</summary>
    /// <param name="attack">The attack.</param>
    /// <param name="inputSchema">The columns of the rows.</param>
    /// <param name="outputs">The columns to add.</param>
    /// <param name="isWanted">Which rows are attacked; the outputs of the others must not be asked for.</param>
    internal PgdAugmentRowMapper(
        PgdAugmentParameters attack, DataViewSchema inputSchema, AugmentedColumns outputs, Func<DataViewRowId, bool> isWanted)
        : this(attack, inputSchema, attack.Find(inputSchema), outputs, isWanted)
    {
    }

    private PgdAugmentRowMapper(
        PgdAugmentParameters attack,
        DataViewSchema inputSchema,
        DataViewSchema.Column[] inputs,
        AugmentedColumns outputs,
        Func<DataViewRowId, bool> isWanted)
        : base(inputSchema, inputs, outputs.For(inputs[0], attack.Classifier))
    {
        _attack = attack;
        _outputs = outputs;
        _isWanted = isWanted;
    }

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) => new Batch(this, source, capacity);

    private sealed class Batch(PgdAugmentRowMapper mapping, DataViewRow source, int capacity) : RowBatch
    {
        private readonly PgdAugmentRowBatch _rows = new(mapping._attack, source, mapping.Inputs, capacity);
        private readonly ValueGetter<DataViewRowId> _getId = source.GetIdGetter();
        private readonly int[] _places = new int[capacity];
        private DataViewRowId _id;

        internal override Delegate CreateGetter(int output, Func<int> row) => mapping._outputs[output] switch
        {
            AugmentedColumns.Output.Adversarial => _rows.ExampleGetter(() => _places[row()]),
            AugmentedColumns.Output.Success => new ValueGetter<bool>((ref bool value) => value = _rows.Success[_places[row()]]),
            AugmentedColumns.Output.Distance =>
                new ValueGetter<float>((ref float value) => value = _rows.Distances[_places[row()]]),
            _ => new ValueGetter<uint>((ref uint value) => value = _rows.PredictedKeys[_places[row()]]),
        };

        private protected override void Read(int row)
        {
            _getId(ref _id);
            _places[row] = mapping._isWanted(_id) ? _rows.Add(RowIdHash.Of(_id)) : -1;
        }

        private protected override void Reset() => _rows.Clear();

        private protected override void Compute() => _rows.Compute();
    }
}
