using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The data view of a feature data set's file.</summary>
internal sealed class FeatureDatasetView(FeatureDatasetContent content) : SeekableView(content.Header.Record.ToSchema())
{
    public override bool CanShuffle => true;

    internal FeatureDatasetContent Content { get; } = content;

    internal override int Rows => Content.Rows;

    internal override SeekableCursor CreateCursor(SeekableCursor.Plan plan) => new FeatureDatasetCursor(this, plan);
}
