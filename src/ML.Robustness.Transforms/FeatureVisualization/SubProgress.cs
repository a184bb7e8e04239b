namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>The progress of one of several parts, all counted alike.</summary>
internal sealed class SubProgress(IProgress<double> whole, int part, int parts) : IProgress<double>
{
    public void Report(double value) => whole.Report((part + value) / parts);
}
