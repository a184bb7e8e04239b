using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The rows of a feature data set's file as ML.NET sees them.</summary>
internal sealed class FeatureDatasetView(FeatureDatasetContent content) : SeekableView(content.Header.Record.ToSchema())
{
    public override bool CanShuffle => true;

    internal FeatureDatasetContent Content { get; } = content;

    internal override int Rows => Content.Rows;

    internal override SeekableCursor CreateCursor(SeekableCursor.Plan plan) => new FeatureDatasetCursor(this, plan);
}
