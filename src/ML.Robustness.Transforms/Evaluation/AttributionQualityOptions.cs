using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Numerics;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>The settings of <c>EvaluateAttributions</c>.</summary>
public sealed class AttributionQualityOptions
{
    /// <summary>The method and how its attributions are measured.</summary>
    /// <value>The default is SmoothGrad's mean of 50 gradients, noise 0.15, with the measures' defaults.</value>
    public AttributionQuality Quality { get; set; } = new(new Saliency().Smoothed());

    /// <summary>The number of first rows that are measured.</summary>
    /// <value>One or more. The default is 256.</value>
    public int Rows { get; set; } = 256;

    /// <summary>The column of labels as it reaches the classifier.</summary>
    /// <value>
    /// Needed where <see cref="AttributionQuality.ExplainsLabels"/> is set, and read only then. The default is "Label".
    /// </value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The seed of the rows' random numbers and of the sanity check.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>
    /// 0 or more: row i of the data is explained and measured as row FirstRow + i of the whole, so that the results of parts
    /// can be merged. Where it is above 0 the part may be empty. The default is 0.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>The receiver of the share of the work done, 0 to 1, called on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<double>? Progress { get; set; }

    /// <summary>The token that cancels the measurement.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Quality);
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 1);
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
    }
}
