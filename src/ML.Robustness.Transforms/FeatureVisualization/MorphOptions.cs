using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>The settings of <c>MorphToClass</c>.</summary>
public sealed class MorphOptions
{
    /// <summary>The search: how far rows may move, in how many steps, and after which of them images are kept.</summary>
    /// <value>The default may go anywhere in [0, 1] in 60 steps, with eight images of the way.</value>
    public Morph Morph { get; set; } = new(ThreatModel.Unbounded());

    /// <summary>The number of first rows that are morphed.</summary>
    /// <value>One or more. The default is 8.</value>
    public int Rows { get; set; } = 8;

    /// <summary>The order of three channels in the rows; it changes the images alone.</summary>
    /// <value>The default is <see cref="ColorOrder.Rgb"/>.</value>
    public ColorOrder ColorOrder { get; set => field = ArgumentChecks.Defined(value); }

    /// <summary>The receiver of the share of the work done, 0 to 1, called on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<double>? Progress { get; set; }

    /// <summary>The token that cancels the search.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Morph);
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 1);
    }
}
