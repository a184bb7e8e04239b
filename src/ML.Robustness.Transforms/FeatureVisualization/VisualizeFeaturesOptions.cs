using Microsoft.ML;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Transforms.FeatureVisualization;

/// <summary>The settings of <c>VisualizeFeatures</c>.</summary>
public sealed class VisualizeFeaturesOptions
{
    /// <summary>The features that are shown, one after the other.</summary>
    /// <value>One or more. The default, null, is the logit of each class.</value>
    public IReadOnlyList<FeatureObjective>? Features { get; set; }

    /// <summary>The search: how far inputs may move, steps, random motion, waves.</summary>
    /// <value>The default may go anywhere in [0, 1] in 200 steps.</value>
    public FeatureVisualizer Visualizer { get; set; } = new(ThreatModel.Unbounded());

    /// <summary>The kind of start of the search.</summary>
    /// <value>The default is <see cref="VisualizationStartKind.Noise"/>; the others need <see cref="Data"/>.</value>
    public VisualizationStartKind Start { get; set; }

    /// <summary>The rows to start from, as the model takes them.</summary>
    /// <value>The default is null.</value>
    public IDataView? Data { get; set; }

    /// <summary>The number of images made of each feature, each from a start of its own; always one from a mean.</summary>
    /// <value>One or more. The default is 1.</value>
    public int Count { get; set; } = 1;

    /// <summary>The standard deviation of the noise to start from, as a share of the range's span.</summary>
    /// <value>A finite number of zero or more. The default is 0.1.</value>
    public double NoiseDeviation { get; set; } = 0.1;

    /// <summary>The seed of the starts' and the motions' random numbers.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

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
        if (Features is { Count: 0 })
            throw new ArgumentException("Features is empty: name one feature or more, or leave it out for the classes' logits.");
        ArgumentNullException.ThrowIfNull(Visualizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1);
        if (!(NoiseDeviation >= 0) || double.IsInfinity(NoiseDeviation))
            throw new ArgumentOutOfRangeException(
                nameof(NoiseDeviation), NoiseDeviation, "NoiseDeviation must be a finite number of zero or more.");
        if (!Enum.IsDefined(Start))
            throw new ArgumentOutOfRangeException(nameof(Start), Start, "There is no such start.");
        if (Start != VisualizationStartKind.Noise && Data is null)
            throw new ArgumentException($"Start is {Start}, but Data is not set: give the rows to start from.");
    }
}
