using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Reports;

/// <summary>The settings of <c>SaveModelReport</c>.</summary>
public sealed class ModelReportOptions
{
    private int _rows = 512;
    private int _examples = 8;
    private int _explainedRows = 64;

    /// <summary>The title of the page.</summary>
    /// <value>The default is "What the models see".</value>
    public string Title { get; set; } = "What the models see";

    /// <summary>The threat model of the attacks, in the range of the features.</summary>
    /// <value>Any threat model. The default is L∞ with ε = 8/255 in [0, 1].</value>
    public ThreatModel ThreatModel { get; set; } = ThreatModel.LInf(8 / 255.0);

    /// <summary>
    /// The attack suite for a threat model: <see cref="ThreatModel"/>, and those of <see cref="Epsilons"/>.
    /// </summary>
    /// <value>
    /// The default, null, is PGD of 20 steps, which is fast but overestimates robustness: take <c>threat =>
    /// AttackSuite.AutoAttack(threat)</c> for numbers to be compared.
    /// </value>
    public Func<ThreatModel, AttackSuite>? Suite { get; set; }

    /// <summary>The radii of the accuracy curve.</summary>
    /// <value>
    /// Finite numbers of zero or more, in any order. The default, null, is a quarter, a half, three quarters and all of the
    /// threat model's radius; radius 0 is always shown.
    /// </value>
    public IReadOnlyList<double>? Epsilons { get; set; }

    /// <summary>The column of labels, as for <see cref="RobustnessOptions.LabelColumnName"/>.</summary>
    /// <value>The default is "Label".</value>
    public string LabelColumnName { get; set; } = Defaults.LabelColumnName;

    /// <summary>The number of rows, from the first, that are attacked.</summary>
    /// <value>One or more. The default is 512.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Rows
    {
        get => _rows;
        set => _rows = AtLeast(1, value, nameof(Rows));
    }

    /// <summary>
    /// The number of rows shown with their attributions: the first of each class, then the first of those left.
    /// </summary>
    /// <value>Zero or more. The default is 8.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Examples
    {
        get => _examples;
        set => _examples = AtLeast(0, value, nameof(Examples));
    }

    /// <summary>The number of rows, from the first, on which the quality of the attributions is measured.</summary>
    /// <value>One or more. The default is 64.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int ExplainedRows
    {
        get => _explainedRows;
        set => _explainedRows = AtLeast(1, value, nameof(ExplainedRows));
    }

    /// <summary>The attribution method that is shown beside the plain gradient, and measured.</summary>
    /// <value>The default, null, is SmoothGrad of 50 samples, its noise 0.15 of the span of the threat model's range.</value>
    public AttributionMethod? Method { get; set; }

    /// <summary>The colours of attributions.</summary>
    /// <value>The default is <see cref="Heatmap"/>'s own on the sequential scale: absolute values, from nothing to much.</value>
    public Heatmap Heatmap { get; set; } = new() { ColorScale = ColorScale.Sequential };

    /// <summary>The order of three channels in the features; it changes the images alone.</summary>
    /// <value>The default is <see cref="ColorOrder.Rgb"/>.</value>
    public ColorOrder ColorOrder { get; set => field = ArgumentChecks.Defined(value); }

    /// <summary>
    /// The visualizer of each class, which starts from faint noise around the middle of the range.
    /// </summary>
    /// <value>The default, null, takes 100 steps of a tenth of the span of the range, without a ball.</value>
    public FeatureVisualizer? Visualizer { get; set; }

    /// <summary>The seed of all random numbers.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>
    /// 0 or more: row i of the data is attacked, explained and named as row FirstRow + i of the whole, so that the results of
    /// parts can be merged. The default is 0.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>The receiver of the progress, on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<ModelReportProgress>? Progress { get; set; }

    /// <summary>The token that ends the work early; no page is written then.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }

    private static int AtLeast(int least, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        return value;
    }
}
