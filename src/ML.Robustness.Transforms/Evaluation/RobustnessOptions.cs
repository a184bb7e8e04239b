using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>The settings of <c>EvaluateRobustness</c>.</summary>
public sealed class RobustnessOptions
{
    /// <summary>The perturbations that the adversary may use, in the range of the features.</summary>
    /// <value>Any threat model. The default is L∞ with ε = 8/255 in [0, 1].</value>
    public ThreatModel ThreatModel { get; set; } = ThreatModel.LInf(8 / 255.0);

    /// <summary>
    /// The attack suite for a threat model: <see cref="ThreatModel"/>, and those of <see cref="Epsilons"/> where
    /// <see cref="CurveSuite"/> is null.
    /// </summary>
    /// <value>
    /// For example <c>threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 })</c>. The default, null, is
    /// AutoAttack's standard version where the model has gradients, else random noise and Square. Of models that are affine it is
    /// <see cref="LinearMaximizationAttack"/>, which is exact.
    /// </value>
    public Func<ThreatModel, AttackSuite>? Suite { get; set; }

    /// <summary>The column of labels: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</summary>
    /// <value>A column of the data, or one that the model makes. The default is "Label".</value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The columns that are attacked.</summary>
    /// <value>
    /// Columns of the data given, Single or vectors of it: the model is attacked through all its steps, with gradients where all
    /// steps between have them, else by its scores alone (<see cref="RobustnessMetrics.NoGradients"/> tells why). Other columns
    /// that the scores depend on keep their values. The default is none: the classifier's own column after the steps before it;
    /// "Features" for models of other trainers.
    /// </value>
    public IReadOnlyList<string> FeatureColumnNames { get; set; } = [];

    /// <summary>
    /// The units of features, by the name of a feature or of its column: a change of a unit has the size 1 in the threat model.
    /// </summary>
    /// <value>
    /// Finite numbers of zero or more; 0 fixes a feature. A feature that is not named has the unit 1. Needs
    /// <see cref="FeatureColumnNames"/>. The default is none.
    /// </value>
    public IReadOnlyDictionary<string, double> Units { get; set; } = new Dictionary<string, double>();

    /// <summary>The ranges of features, by the name of a feature or of its column, which changes do not leave.</summary>
    /// <value>
    /// A feature that is not named has no bounds: with <see cref="FeatureColumnNames"/> the range of <see cref="ThreatModel"/>
    /// does not count. The default is none.
    /// </value>
    public IReadOnlyDictionary<string, ValueRange> Ranges { get; set; } = new Dictionary<string, ValueRange>();

    /// <summary>The radii of a curve.</summary>
    /// <value>Finite numbers of zero or more, in any order. The default is none.</value>
    public IReadOnlyList<double> Epsilons { get; set; } = [];

    /// <summary>The attack suite used for the other radii of <see cref="Epsilons"/>.</summary>
    /// <value>
    /// For example <c>threat => new AttackSuite(new AutoProjectedGradientDescent(threat) { Targets = 9 })</c>, which makes a
    /// curve that costs little beside AutoAttack. The default, null, is <see cref="Suite"/>.
    /// </value>
    public Func<ThreatModel, AttackSuite>? CurveSuite { get; set; }

    /// <summary>The number of rows that an attack gets at once.</summary>
    /// <value>One or more. The default is 256.</value>
    public int BatchSize { get; set; } = 256;

    /// <summary>The seed of the rows' random numbers.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>
    /// 0 or more: row i of the data is attacked and named as row FirstRow + i of the whole, so that the results of parts
    /// can be merged. Where it is above 0 the part may be empty. The default is 0.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>Whether every attack runs on all rows that are classified rightly, rather than on those still robust.</summary>
    /// <value>The default is false.</value>
    public bool AttackAllRows { get; set; }

    /// <summary>
    /// Whether the adversarial rows are kept, so that <see cref="RobustnessMetrics.ToDataView"/> has their features.
    /// </summary>
    /// <value>The default is false.</value>
    public bool KeepInputs { get; set; }

    /// <summary>Whether reasons to doubt the result are looked for.</summary>
    /// <value>The default is true.</value>
    public bool CheckForGradientMasking { get; set; } = true;

    /// <summary>The file that keeps the verdicts so far; an evaluation that finds it goes on where the other ended.</summary>
    /// <value>
    /// A path in a folder that exists; each other radius of <see cref="Epsilons"/> has a file of its own beside it, the path with
    /// a dot and the radius at its end. The default, null, keeps nothing.
    /// </value>
    public string? StatePath { get; set; }

    /// <summary>The receiver of progress, called on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<AttackSuiteProgress>? Progress { get; set; }

    /// <summary>The token that cancels the evaluation.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }
}
