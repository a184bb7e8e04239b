using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms;

/// <summary>Makes the rows of a feature data set, as <see cref="RobustFeatureDatasetEstimator"/> describes.</summary>
public sealed class RobustFeatureDatasetTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "RobustFeatureDataset";

    /// <summary>What the step makes.</summary>
    public FeatureDatasetKind Kind { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => Kind != FeatureDatasetKind.MislabeledOnly;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

    /// <summary>Frees the classifiers where this step was loaded from a file; else they are the caller's.</summary>
    public void Dispose()
    {
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException();
}
