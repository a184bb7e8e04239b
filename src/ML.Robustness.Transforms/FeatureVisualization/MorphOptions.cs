using ML.Robustness.FeatureVisualization;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>The settings of <c>MorphToClass</c>.</summary>
public sealed class MorphOptions
{
    /// <summary>Gets or sets the search: how far rows may move, in how many steps, and after which of them pictures are kept.</summary>
    /// <value>The default may go anywhere in [0, 1] in 60 steps, with eight pictures of the way.</value>
    public Morph Morph { get; set; } = new(ThreatModel.Unbounded());

    /// <summary>Gets or sets how many of the first rows are turned.</summary>
    /// <value>One or more. The default is 8.</value>
    public int Rows { get; set; } = 8;

    /// <summary>Gets or sets who hears of the share of the work that is done, 0 to 1, on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<double>? Progress { get; set; }

    /// <summary>Gets or sets what ends the search early.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Morph);
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 1);
    }
}
