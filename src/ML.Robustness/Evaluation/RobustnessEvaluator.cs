using System.Globalization;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>Measures how a classifier withstands a suite of attacks, and looks for reasons to doubt the result.</summary>
public sealed class RobustnessEvaluator
{
    /// <summary>The rows that a stream is taken for where progress is measured.</summary>
    private const long UnknownRows = 10_000;

    private readonly Func<ThreatModel, AttackSuite> _suiteAt;

    /// <summary>Creates the evaluator.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    /// <param name="suiteAt">
    /// Makes the suite of attacks for a threat model: this one, and those of the other radii of <see cref="Epsilons"/>.
    /// </param>
    /// <exception cref="ArgumentException">The suite is of another threat model than it was asked for.</exception>
    public RobustnessEvaluator(ThreatModel threatModel, Func<ThreatModel, AttackSuite> suiteAt)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ArgumentNullException.ThrowIfNull(suiteAt);
        ThreatModel = threatModel;
        _suiteAt = suiteAt;
        Suite = SuiteAt(threatModel.Epsilon, suiteAt);
    }

    /// <summary>The perturbations that the adversary may use.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The attacks.</summary>
    public AttackSuite Suite { get; }

    /// <summary>The radii of the curve.</summary>
    /// <value>Finite numbers of zero or more, in any order. The default is none.</value>
    /// <exception cref="ArgumentOutOfRangeException">A radius is negative or not finite.</exception>
    public IReadOnlyList<double> Epsilons
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Epsilons));
            foreach (var epsilon in value)
            {
                if (!(epsilon >= 0) || double.IsInfinity(epsilon))
                {
                    throw new ArgumentOutOfRangeException(
                        nameof(Epsilons), epsilon, "Each of Epsilons is the radius of a ball: a finite number of zero or more.");
                }
            }
            field = [.. value.Distinct().Order()];
        }
    } = [];

    /// <summary>The attack suite used for the other radii of <see cref="Epsilons"/>.</summary>
    /// <value>
    /// The default, null, is the suite's own maker. A cheaper suite makes the curve cheaper, and its points upper bounds that are
    /// less tight; the point of the threat model's own radius stays the whole suite's.
    /// </value>
    public Func<ThreatModel, AttackSuite>? CurveSuite { get; init; }

    /// <summary>The options with which the suite is run.</summary>
    /// <value>
    /// The default is <see cref="AttackSuiteOptions"/>'s. With a <see cref="AttackSuiteOptions.StatePath"/> each other radius of
    /// the curve has a file of its own beside it, the path with a dot and the radius at its end.
    /// </value>
    public AttackSuiteOptions SuiteOptions { get; init; } = new();

    /// <summary>
    /// Whether the result is checked for gradient masking: a few passes more, and a search of many steps on some rows.
    /// </summary>
    /// <value>The default is true.</value>
    public bool CheckForGradientMasking { get; init; } = true;

    /// <summary>Evaluates a classifier.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="data">The labelled rows, their values inside the threat model's range.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ArgumentException">
    /// There are no rows, a row lies outside the range or has a label beyond the classes, or a suite of the curve is of another
    /// threat model than it was asked for.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, or the saved state is of other rows, another network, suite or seed.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is not a saved state, or is damaged.</exception>
    /// <exception cref="IOException">The state cannot be written, or another run is writing it.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public RobustnessReport Evaluate(Module<Tensor, Tensor> model, LabeledDataset data, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var rows = data.RowCount ?? UnknownRows;
        var curve = Epsilons.Where(reach => reach != ThreatModel.Epsilon)
            .ToDictionary(reach => reach, reach => SuiteAt(reach, CurveSuite ?? _suiteAt));
        var progress = new EvaluationProgress(SuiteOptions.Progress,
        [
            EvaluationProgress.Cost(Suite, rows),
            .. curve.OrderBy(entry => entry.Key).Select(entry => EvaluationProgress.Cost(entry.Value, rows)),
            .. CheckForGradientMasking ? [GradientMaskingCheck.Cost(Suite, rows)] : Array.Empty<double>(),
        ]);
        var result = Suite.Run(model, data, SuiteOptions.Telling(progress.Next()), cancellation);
        var found = new RobustnessFindings(
            ThreatModel,
            data.Classes,
            new EpsilonSweep(reach => curve[reach], ThreatModel.Epsilon, model, data, SuiteOptions, progress)
                .Run(Epsilons, result, cancellation),
            ExactRobustRows(model, data, cancellation),
            CheckForGradientMasking
                ? new GradientMaskingCheck(Suite, result, model, data, SuiteOptions.Telling(progress.Next()), cancellation).Run()
                : null);
        return new RobustnessReport(result, found, result.Part with { Run = RunText(result.Part.Run, curve, data.Classes) });
    }

    /// <summary>How many rows no attack can break, where the network is affine; null where that is not known.</summary>
    private long? ExactRobustRows(Module<Tensor, Tensor> model, LabeledDataset data, CancellationToken cancellation)
    {
        if (model is not IAffineNetwork { IsAffine: true } || double.IsInfinity(ThreatModel.Epsilon))
            return LinearClassifier.Of(model, data.Shape)?.RobustRows(data, ThreatModel, cancellation);
        var settings = new AttackSuiteOptions
        {
            BatchSize = SuiteOptions.BatchSize,
            Device = SuiteOptions.Device,
            Judge = SuiteOptions.Judge,
            IsChecked = true,
        };
        var worst = new AttackSuiteRun(
            [new LinearMaximizationAttack(ThreatModel)], ThreatModel.InputRanges, model, data, settings, cancellation).Run();
        return worst.RowResults.Count(row => row.IsRobust);
    }

    /// <summary>What must be equal for reports to be merged, a line for each thing.</summary>
    private string RunText(string suite, Dictionary<double, AttackSuite> curve, int classes) => string.Join('\n',
    [
        suite,
        $"the number of classes is {classes}",
        string.Create(CultureInfo.InvariantCulture, $"the radii of the curve are [{string.Join(", ", Epsilons.Select(
            reach => reach.ToString(CultureInfo.InvariantCulture)))}]"),
        .. curve.OrderBy(entry => entry.Key).Select(entry => string.Create(CultureInfo.InvariantCulture,
            $"the attacks at {entry.Key} are {AttackSuiteRun.Describe(entry.Value.Attacks)}")),
        $"{nameof(CheckForGradientMasking)} is {CheckForGradientMasking}",
    ]);

    private AttackSuite SuiteAt(double epsilon, Func<ThreatModel, AttackSuite> suiteAt)
    {
        var threatModel = epsilon == ThreatModel.Epsilon ? ThreatModel : ThreatModel.WithEpsilon(epsilon);
        var suite = suiteAt(threatModel);
        if (suite is null || suite.ThreatModel.ExactText != threatModel.ExactText)
            throw new ArgumentException(
                $"The suite must be of the threat model it is asked for, {threatModel}, but is of "
                + $"{suite?.ThreatModel.ToString() ?? "none"}.");
        return suite;
    }
}
