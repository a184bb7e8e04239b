using Microsoft.ML;

namespace ML.Robustness.Transforms;

/// <summary>The step bound to rows of one schema.</summary>
internal sealed class FeatureDatasetMapping : BatchedMapping
{
    private readonly RowConstruction _construction;
    private readonly FeatureDatasetColumns _outputs;

    internal FeatureDatasetMapping(RowConstruction construction, DataViewSchema inputSchema, FeatureDatasetColumns outputs)
        : this(construction, inputSchema, construction.Find(inputSchema), outputs)
    {
    }

    private FeatureDatasetMapping(RowConstruction construction, DataViewSchema inputSchema, DataViewSchema.Column[] inputs, FeatureDatasetColumns outputs)
        : base(inputSchema, inputs, outputs.For(inputs[0], inputs[1]))
    {
        _construction = construction;
        _outputs = outputs;
    }

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) => new ConstructedBlock(_construction, _outputs, source, Inputs, capacity);
}
