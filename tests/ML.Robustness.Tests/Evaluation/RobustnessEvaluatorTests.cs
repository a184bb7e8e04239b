using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.AttackSuites;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Evaluation;

public sealed class RobustnessEvaluatorTests : IDisposable
{
    private const int Rows = 80;

    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Evaluate_SumsUpTheVerdicts()
    {
        using var problem = new AttackSuiteTestCase(Rows);
        var report = new RobustnessEvaluator(Threat, Suite) { CheckForGradientMasking = false }.Evaluate(problem.Network,
            problem.Data);

        var result = Suite(Threat).Run(problem.Network, problem.Data);
        Assert.Equal(result.RowResults, report.RowResults);
        Assert.Equal((result.CleanAccuracy, result.RobustAccuracy), (report.CleanAccuracy, report.RobustAccuracy));
        Assert.Equal(ConfidenceInterval.Wilson(result.RowResults.Count(verdict => verdict.IsRobust), Rows), report.Interval);
        Assert.Null(report.ExactRobustAccuracy);
        Assert.Empty(report.Curve);
        Assert.Empty(report.Warnings);
        foreach (var outcome in report.Classes)
        {
            var rows = result.RowResults.Where(verdict => verdict.Label == outcome.Class).ToArray();
            Assert.Equal(rows.Length, outcome.Rows);
            Assert.Equal(rows.Count(verdict => verdict.IsRobust) / (double)rows.Length, outcome.RobustAccuracy);
            Assert.Equal(rows.Count(verdict => verdict.IsCorrect) / (double)rows.Length, outcome.CleanAccuracy);
            Assert.Equal(rows.Count(verdict => verdict.IsRobust), report.Confusion[outcome.Class][outcome.Class]);
        }
        Assert.Equal(Rows, report.Confusion.Sum(row => row.Sum()));
        var distances = result.RowResults.Where(verdict => verdict.Attack is not null).Select(verdict => verdict.Distance).Order()
            .ToArray();
        Assert.NotEmpty(distances);
        Assert.Equal(distances.Average(), report.MeanDistance!.Value, 12);
        Assert.Equal((distances[(distances.Length - 1) / 2] + distances[distances.Length / 2]) / 2, report.MedianDistance!.Value,
            12);
    }

    [Fact]
    public void Evaluate_WithNothingFallen_HasNoDistances()
    {
        using var problem = new AttackSuiteTestCase(Rows);
        var report = new RobustnessEvaluator(ThreatModel.LInf(0), Suite).Evaluate(problem.Network, problem.Data);
        Assert.Equal(report.CleanAccuracy, report.RobustAccuracy);
        Assert.Null(report.MeanDistance);
        Assert.Null(report.MedianDistance);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void Curve_OfALinearNetwork_IsTheClosedFormAtEachRadius()
    {
        using var problem = new AttackSuiteTestCase(Rows, network: AttackSuiteTestCase.LinearNetwork(classes: 2), classes: 2);
        var report = new RobustnessEvaluator(Threat,
            threat => new AttackSuite(new FastGradientMethod(threat)))
        { Epsilons = [0.3, 0, 0.05, 0.1, 0.2, 0.05] }
            .Evaluate(problem.Network, problem.Data);

        Assert.Equal([0, 0.05, 0.1, 0.2, 0.3], report.Curve.Select(point => point.Epsilon));
        var linear = LinearClassifier.Of(problem.Network, problem.Data.Shape)!;
        foreach (var point in report.Curve)
        {
            Assert.Equal((double?)linear.RobustRows(problem.Data, Threat.WithEpsilon(point.Epsilon), default) / Rows,
                point.RobustAccuracy);
            Assert.Equal(ConfidenceInterval.Wilson((long)Math.Round(point.RobustAccuracy * Rows), Rows), point.Interval);
        }
        Assert.True(report.Curve.Zip(report.Curve.Skip(1)).All(pair => pair.First.RobustAccuracy >= pair.Second.RobustAccuracy));
        Assert.Equal(report.RobustAccuracy, report.ExactRobustAccuracy);
        Assert.Equal(report.CleanAccuracy, report.Curve[0].RobustAccuracy);
    }

    [Fact]
    public void Curve_WithASuiteOfItsOwn_AttacksTheOtherRadiiWithItWhereTheVerdictIsOpen()
    {
        using var problem = new AttackSuiteTestCase(Rows);
        var asked = new List<double>();
        var attacked = new List<(string Attack, long Rows)>();
        var report = new RobustnessEvaluator(Threat, Suite)
        {
            Epsilons = [0.02, 0.05, 0.1, 0.2],
            CheckForGradientMasking = false,
            CurveSuite = threat =>
            {
                asked.Add(threat.Epsilon);
                return new AttackSuite(new FastGradientMethod(threat));
            },
            SuiteOptions = new AttackSuiteOptions
            {
                Progress = new TestProgress<AttackSuiteProgress>(
                progress => attacked.Add((progress.Attack, progress.Rows)))
            },
        }.Evaluate(problem.Network, problem.Data);

        Assert.Equal([0.02, 0.05, 0.2], asked);
        Assert.Equal(report.RobustAccuracy, report.Curve[2].RobustAccuracy);
        // What fell within the radius evaluated, and farther than the smaller one, is open there; what withstood it is open
        // beyond.
        var fallen = report.RowResults.Where(verdict => verdict.Attack is not null).ToArray();
        Assert.Equal(("FGSM L∞ 0.02", fallen.Count(verdict => verdict.Distance > 0.02)),
            attacked.Single(entry => entry.Attack == "FGSM L∞ 0.02"));
        Assert.Equal(("FGSM L∞ 0.2", report.RowResults.Count(verdict => verdict.IsRobust)),
            attacked.Single(entry => entry.Attack == "FGSM L∞ 0.2"));
        var atLeast = new RobustnessEvaluator(Threat, Suite)
        {
            Epsilons = [0.02, 0.05, 0.1, 0.2],
            CheckForGradientMasking = false
        }.Evaluate(problem.Network, problem.Data);
        Assert.All(atLeast.Curve.Zip(report.Curve), pair => Assert.True(pair.First.RobustAccuracy <= pair.Second.RobustAccuracy));
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void Evaluate_InterruptedInTheCurve_GoesOnThereWithEqualPoints(double radius)
    {
        using var problem = new AttackSuiteTestCase(Rows);
        RobustnessEvaluator Evaluator(string? path, IProgress<AttackSuiteProgress>? progress) => new(Threat, Suite)
        {
            Epsilons = [0.02, 0.05, 0.1, 0.2],
            CheckForGradientMasking = false,
            SuiteOptions = new AttackSuiteOptions { BatchSize = 10, StatePath = path, Progress = progress },
        };
        var unbroken = Evaluator(null, null).Evaluate(problem.Network, problem.Data);
        var path = _folder.PathOf("state");
        using var stop = new CancellationTokenSource();
        var at = FormattableString.Invariant($"FGSM L∞ {radius}");
        Assert.ThrowsAny<OperationCanceledException>(() => Evaluator(path, new TestProgress<AttackSuiteProgress>(progress =>
        {
            if (progress.Attack == at)
                stop.Cancel();
        })).Evaluate(problem.Network, problem.Data, stop.Token));
        Assert.True(File.Exists(FormattableString.Invariant($"{path}.{radius}")));

        var heard = new List<AttackSuiteProgress>();
        var resumed = Evaluator(path, new TestProgress<AttackSuiteProgress>(heard.Add)).Evaluate(problem.Network, problem.Data);
        Assert.Equal(unbroken.RowResults, resumed.RowResults);
        Assert.Equal(unbroken.Curve, resumed.Curve);
        // No radius before it is attacked again, nor are its rows that are done.
        var first = heard.First(progress => progress.Rows > 0);
        Assert.EndsWith(FormattableString.Invariant($"L∞ {radius}"), first.Attack, StringComparison.Ordinal);
        Assert.InRange(first.Done, 11, Rows);

        heard.Clear();
        Assert.Equal(unbroken.Curve, Evaluator(path, new TestProgress<AttackSuiteProgress>(heard.Add))
            .Evaluate(problem.Network, problem.Data).Curve);
        Assert.Empty(heard);
    }

    [Fact]
    public void Evaluate_WithTheCurveOfAnother_SaysInWhatItDiffers()
    {
        using var problem = new AttackSuiteTestCase(Rows);
        var settings = new AttackSuiteOptions { StatePath = _folder.PathOf("state") };
        RobustnessEvaluator Evaluator(Func<ThreatModel, AttackSuite> curve) =>
            new(Threat, Suite)
            {
                Epsilons = [0.05],
                CurveSuite = curve,
                CheckForGradientMasking = false,
                SuiteOptions = settings
            };
        Evaluator(Suite).Evaluate(problem.Network, problem.Data);
        var error = Assert.Throws<InvalidOperationException>(
            () => Evaluator(threat => new AttackSuite(new FastGradientMethod(threat))).Evaluate(problem.Network, problem.Data));
        Assert.Contains("state.0.05' is of another run: here the attacks are", error.Message);

        // A run of its own at that radius attacks all rows, and so is not the curve's.
        var whole = Assert.Throws<InvalidOperationException>(() =>
            Suite(Threat.WithEpsilon(0.05))
                .Run(problem.Network, problem.Data, new AttackSuiteOptions { StatePath = _folder.PathOf("state.0.05") }));
        Assert.Contains("here the digest of the rows left out is", whole.Message);

        File.WriteAllBytes(_folder.PathOf("state.0.05"), [.. "MLRSUITE"u8, 2, 0, 0, 0]);
        Assert.Contains("is truncated or damaged",
            Assert.Throws<InvalidDataException>(() => Evaluator(Suite).Evaluate(problem.Network, problem.Data)).Message);
    }

    [Fact]
    public void Evaluate_ASoundEvaluation_RaisesNoDoubt()
    {
        using var problem = new AttackSuiteTestCase(Rows, network: AttackSuiteTestCase.LinearNetwork());
        var report = new RobustnessEvaluator(ThreatModel.LInf(0.02),
            threat => new AttackSuite(new FastGradientMethod(threat), new Noise(threat))).Evaluate(problem.Network, problem.Data);
        Assert.Equal(report.ExactRobustAccuracy, report.RobustAccuracy);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void ANetworkThatRounds_HasMaskedAndZeroGradients()
    {
        using var inner = ModelArchitecture.MultilayerPerceptron().Create(InputShape.Vector(AttackSuiteTestCase.Length), 3, 2);
        using var problem = new AttackSuiteTestCase(Rows,
            network: new FunctionNetwork(input => inner.call(input.mul(8).round().div(8))));
        var report = new RobustnessEvaluator(Threat,
            threat => new AttackSuite(new FastGradientMethod(threat), new Noise(threat))).Evaluate(problem.Network, problem.Data);
        Assert.Equal(0, report.Attacks[0].Successes);
        Assert.InRange(report.Attacks[1].Successes, 1, Rows);
        Assert.Contains(report.Warnings,
            warning => warning.Kind == RobustnessWarningKind.MaskedGradients
            && warning.Message.Contains($"broke {report.Attacks[1].Successes} of {Rows} rows", StringComparison.Ordinal));
        Assert.Contains(report.Warnings, warning => warning.Kind == RobustnessWarningKind.ZeroGradients);
    }

    [Fact]
    public void AnOverconfidentNetwork_SaturatesTheCrossEntropyOnly()
    {
        using var inner = AttackSuiteTestCase.LinearNetwork();
        using var problem = new AttackSuiteTestCase(Rows, network: new FunctionNetwork(input => inner.call(input).mul(1e4)));
        Assert.Contains(RobustnessWarningKind.SaturatedLoss,
            Doubts(problem, threat => new AttackSuite(new FastGradientMethod(threat))));
        var withMargin = Doubts(problem,
            threat => new AttackSuite(new FastGradientMethod(threat),
                new FastGradientMethod(threat) { Loss = AttackLoss.Margin }));
        Assert.DoesNotContain(RobustnessWarningKind.SaturatedLoss, withMargin);
        Assert.DoesNotContain(RobustnessWarningKind.ZeroGradients, withMargin);
    }

    [Fact]
    public void ARandomNetwork_IsNamed()
    {
        var calls = 0UL;
        using var inner = AttackSuiteTestCase.LinearNetwork();
        using var problem = new AttackSuiteTestCase(Rows,
            network: new FunctionNetwork(
                input => inner.call(input).add(new RowRandom(++calls).Normal(input.narrow(1, 0, 3)).mul(0.01))));
        Assert.Contains(RobustnessWarningKind.RandomOutputs,
            Doubts(problem, threat => new AttackSuite(new FastGradientMethod(threat))));
        Assert.DoesNotContain(RobustnessWarningKind.RandomOutputs,
            Doubts(problem, threat => new AttackSuite(new FastGradientMethod(threat) { EotSamples = 5 })));
    }

    [Fact]
    public void OutputsThatAreProbabilities_AreNamed()
    {
        using var inner = AttackSuiteTestCase.LinearNetwork();
        using var problem = new AttackSuiteTestCase(Rows,
            network: new FunctionNetwork(input => nn.functional.softmax(inner.call(input), 1)));
        Assert.Contains(RobustnessWarningKind.ProbabilityOutputs,
            Doubts(problem, threat => new AttackSuite(new FastGradientMethod(threat))));
    }

    [Fact]
    public void AnAttackThatStopsTooEarly_IsStillFalling() =>
        Assert.Equal([RobustnessWarningKind.StillFalling],
            Doubts(new AttackSuiteTestCase(Rows, network: AttackSuiteTestCase.LinearNetwork()),
                threat => new AttackSuite(new FastGradientMethod(threat) { StepSize = 1e-6 }), 0.02));

    [Fact]
    public void ARadiusThatReachesOtherClasses_IsTooLarge()
    {
        using var problem = new AttackSuiteTestCase(Rows, network: AttackSuiteTestCase.LinearNetwork());
        Assert.Contains(RobustnessWarningKind.EpsilonTooLarge,
            Doubts(problem, threat => new AttackSuite(new FastGradientMethod(threat)), 0.5));
        Assert.DoesNotContain(RobustnessWarningKind.EpsilonTooLarge,
            Doubts(problem, threat => new AttackSuite(new FastGradientMethod(threat)), 0.02));
    }

    [Fact]
    public void ASuiteWithoutGradients_IsAnUpperBound()
    {
        using var problem = new AttackSuiteTestCase(Rows);
        Assert.Equal([RobustnessWarningKind.NoGradients], Doubts(problem, threat => new AttackSuite(new Noise(threat)), 0.02));
    }

    [Fact]
    public void ASuiteOfAnotherThreatModelOrAnImpossibleRadius_Throws()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new RobustnessEvaluator(Threat, _ => new AttackSuite(new FastGradientMethod(ThreatModel.L2(1)))));
        Assert.Contains("L∞ 0.1 in [0, 1], but is of L2 1 in [0, 1]", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.1, double.NaN] });
        using var problem = new AttackSuiteTestCase(Rows);
        var curve = new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.05], CurveSuite = _ => Suite(Threat) };
        Assert.Contains("L∞ 0.05 in [0, 1], but is of L∞ 0.1 in [0, 1]",
            Assert.Throws<ArgumentException>(() => curve.Evaluate(problem.Network, problem.Data)).Message);
    }

    [Fact]
    public void Evaluate_LeavesNoTensorsBehind()
    {
        using var problem = new AttackSuiteTestCase(Rows);
        LiveTensors.AssertNoneLeft(
            () => new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.05, 0.2] }.Evaluate(problem.Network, problem.Data));
    }

    private static AttackSuite Suite(ThreatModel threat) =>
        new(new FastGradientMethod(threat), new ProjectedGradientDescent(threat) { Steps = 5, Loss = AttackLoss.Margin });

    private static IEnumerable<RobustnessWarningKind> Doubts(AttackSuiteTestCase problem, Func<ThreatModel, AttackSuite> suite,
        double epsilon = 0.1) =>
        new RobustnessEvaluator(ThreatModel.LInf(epsilon), suite).Evaluate(problem.Network,
            problem.Data).Warnings.Select(warning => warning.Kind);

    /// <summary>The best of twenty random points.</summary>
    private sealed class Noise(ThreatModel threatModel) : Attack(threatModel)
    {
        protected internal override Tensor Search(SearchContext search)
        {
            var candidates = search.Origins;
            for (var draw = 0; draw < 20; draw++)
            {
                candidates = ThreatModel.RandomStart(search.Origins, search.Random.Derive((ulong)draw));
                var logits = search.Forward(candidates);
                search.Offer(candidates, Loss.Evaluate(logits, search.Goal.Labels), logits);
            }
            return candidates;
        }
    }
}
