using Microsoft.ML;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The step bound to rows of one schema.</summary>
internal sealed class FeatureDatasetRowMapper : BatchedRowMapper
{
    private readonly FeatureDatasetParameters _construction;
    private readonly FeatureDatasetColumns _outputs;

    internal FeatureDatasetRowMapper(
        FeatureDatasetParameters construction, DataViewSchema inputSchema, FeatureDatasetColumns outputs)
        : this(construction, inputSchema, construction.Find(inputSchema), outputs)
    {
    }

    private FeatureDatasetRowMapper(
        FeatureDatasetParameters construction,
        DataViewSchema inputSchema,
        DataViewSchema.Column[] inputs,
        FeatureDatasetColumns outputs)
        : base(inputSchema, inputs, outputs.For(inputs[0], inputs[1]))
    {
        _construction = construction;
        _outputs = outputs;
    }

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) =>
        new FeatureDatasetRowBatch(_construction, _outputs, source, Inputs, capacity);
}
