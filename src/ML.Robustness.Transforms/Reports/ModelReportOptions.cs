using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;

namespace ML.Robustness.Transforms.Reports;

/// <summary>The settings of <c>SaveModelReport</c>.</summary>
public sealed class ModelReportOptions
{
    private int _rows = 512;
    private int _examples = 8;
    private int _explainedRows = 64;

    /// <summary>Gets or sets the page's title.</summary>
    /// <value>The default is "What the models see".</value>
    public string Title { get; set; } = "What the models see";

    /// <summary>Gets or sets what the adversary may do, in the range of the features.</summary>
    /// <value>Any threat model. The default is L∞ with ε = 8/255 in [0, 1].</value>
    public ThreatModel ThreatModel { get; set; } = ThreatModel.LInf(8 / 255.0);

    /// <summary>Gets or sets what makes the attacks for a threat model: <see cref="ThreatModel"/>, and those of <see cref="Epsilons"/>.</summary>
    /// <value>The default, null, is PGD of 20 steps, which is quick and flatters: take <c>threat => AttackSuite.AutoAttack(threat)</c> for numbers to be compared.</value>
    public Func<ThreatModel, AttackSuite>? Suite { get; set; }

    /// <summary>Gets or sets the radii of the accuracy curve.</summary>
    /// <value>Finite numbers of zero or more, in any order. The default, null, is a quarter, a half, three quarters and all of the threat model's radius; radius 0 is always shown.</value>
    public IReadOnlyList<double>? Epsilons { get; set; }

    /// <summary>Gets or sets the column of labels, as for <see cref="RobustnessOptions.LabelColumnName"/>.</summary>
    /// <value>The default is "Label".</value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Gets or sets how many rows of the data, from the first, are attacked.</summary>
    /// <value>One or more. The default is 512.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Rows
    {
        get => _rows;
        set => _rows = AtLeast(1, value, nameof(Rows));
    }

    /// <summary>Gets or sets how many rows are shown with their explanations: the first of each class, then the first of those left.</summary>
    /// <value>Zero or more. The default is 8.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Examples
    {
        get => _examples;
        set => _examples = AtLeast(0, value, nameof(Examples));
    }

    /// <summary>Gets or sets how many rows, from the first, the quality of the explanations is measured on.</summary>
    /// <value>One or more. The default is 64.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int ExplainedRows
    {
        get => _explainedRows;
        set => _explainedRows = AtLeast(1, value, nameof(ExplainedRows));
    }

    /// <summary>Gets or sets the method whose explanations are shown beside the plain gradient, and measured.</summary>
    /// <value>The default, null, is SmoothGrad of 50 samples, its noise 0.15 of the span of the threat model's range.</value>
    public AttributionMethod? Method { get; set; }

    /// <summary>Gets or sets how explanations are coloured.</summary>
    /// <value>The default is <see cref="Heatmap"/>'s own on the sequential scale: absolute values, from nothing to much.</value>
    public Heatmap Heatmap { get; set; } = new() { ColorScale = ColorScale.Sequential };

    /// <summary>Gets or sets what shows what each class looks like to a model, starting from faint noise around the middle of the range.</summary>
    /// <value>The default, null, climbs 100 steps of a tenth of the span of the range, without a ball.</value>
    public FeatureVisualizer? Visualizer { get; set; }

    /// <summary>Gets or sets the seed of all that is left to chance.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>Gets or sets who hears what is being done, on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<ModelReportProgress>? Progress { get; set; }

    /// <summary>Gets or sets what ends the work early; no page is written then.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }

    private static int AtLeast(int least, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        return value;
    }
}
