using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Tests.Attacks;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Evaluation;

public sealed class RobustnessEvaluatorTests : IDisposable
{
    private const int Rows = 80;

    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Evaluate_SumsUpTheVerdicts()
    {
        using var problem = new SuiteProblem(Rows);
        var report = new RobustnessEvaluator(Threat, Suite) { LooksForDoubts = false }.Evaluate(problem.Network, problem.Data);

        var result = Suite(Threat).Run(problem.Network, problem.Data);
        Assert.Equal(result.Verdicts, report.Verdicts);
        Assert.Equal((result.CleanAccuracy, result.RobustAccuracy), (report.CleanAccuracy, report.RobustAccuracy));
        Assert.Equal(ConfidenceInterval.Wilson(result.Verdicts.Count(verdict => verdict.IsRobust), Rows), report.Interval);
        Assert.Null(report.ExactRobustAccuracy);
        Assert.Empty(report.Curve);
        Assert.Empty(report.Warnings);
        foreach (var outcome in report.Classes)
        {
            var rows = result.Verdicts.Where(verdict => verdict.Label == outcome.Class).ToArray();
            Assert.Equal(rows.Length, outcome.Rows);
            Assert.Equal(rows.Count(verdict => verdict.IsRobust) / (double)rows.Length, outcome.RobustAccuracy);
            Assert.Equal(rows.Count(verdict => verdict.IsClean) / (double)rows.Length, outcome.CleanAccuracy);
            Assert.Equal(rows.Count(verdict => verdict.IsRobust), report.Confusion[outcome.Class][outcome.Class]);
        }
        Assert.Equal(Rows, report.Confusion.Sum(row => row.Sum()));
        var distances = result.Verdicts.Where(verdict => verdict.Attack is not null).Select(verdict => verdict.Distance).Order().ToArray();
        Assert.NotEmpty(distances);
        Assert.Equal(distances.Average(), report.MeanDistance!.Value, 12);
        Assert.Equal((distances[(distances.Length - 1) / 2] + distances[distances.Length / 2]) / 2, report.MedianDistance!.Value, 12);
    }

    [Fact]
    public void Evaluate_WithNothingFallen_HasNoDistances()
    {
        using var problem = new SuiteProblem(Rows);
        var report = new RobustnessEvaluator(ThreatModel.LInf(0), Suite).Evaluate(problem.Network, problem.Data);
        Assert.Equal(report.CleanAccuracy, report.RobustAccuracy);
        Assert.Null(report.MeanDistance);
        Assert.Null(report.MedianDistance);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void Curve_OfALinearNetwork_IsTheClosedFormAtEachRadius()
    {
        using var problem = new SuiteProblem(Rows, network: Linear(classes: 2), classes: 2);
        var report = new RobustnessEvaluator(Threat, threat => new AttackSuite(new FastGradient(threat))) { Epsilons = [0.3, 0, 0.05, 0.1, 0.2, 0.05] }
            .Evaluate(problem.Network, problem.Data);

        Assert.Equal([0, 0.05, 0.1, 0.2, 0.3], report.Curve.Select(point => point.Epsilon));
        var linear = LinearClassifier.Of(problem.Network, problem.Data.Shape)!;
        foreach (var point in report.Curve)
        {
            Assert.Equal(linear.RobustAccuracy(problem.Data, Threat.WithEpsilon(point.Epsilon), default), point.RobustAccuracy);
            Assert.Equal(ConfidenceInterval.Wilson((long)Math.Round(point.RobustAccuracy * Rows), Rows), point.Interval);
        }
        Assert.True(report.Curve.Zip(report.Curve.Skip(1)).All(pair => pair.First.RobustAccuracy >= pair.Second.RobustAccuracy));
        Assert.Equal(report.RobustAccuracy, report.ExactRobustAccuracy);
        Assert.Equal(report.CleanAccuracy, report.Curve[0].RobustAccuracy);
    }

    [Fact]
    public void Curve_WithASuiteOfItsOwn_AttacksTheOtherRadiiWithItWhereTheVerdictIsOpen()
    {
        using var problem = new SuiteProblem(Rows);
        var asked = new List<double>();
        var attacked = new List<(string Attack, long Rows)>();
        var report = new RobustnessEvaluator(Threat, Suite)
        {
            Epsilons = [0.02, 0.05, 0.1, 0.2],
            LooksForDoubts = false,
            CurveSuite = threat =>
            {
                asked.Add(threat.Epsilon);
                return new AttackSuite(new FastGradient(threat));
            },
            Settings = new SuiteSettings { Progress = new Heard(progress => attacked.Add((progress.Attack, progress.Rows))) },
        }.Evaluate(problem.Network, problem.Data);

        Assert.Equal([0.02, 0.05, 0.2], asked);
        Assert.Equal(report.RobustAccuracy, report.Curve[2].RobustAccuracy);
        // What fell within the radius evaluated, and farther than the smaller one, is open there; what withstood it is open beyond.
        var fallen = report.Verdicts.Where(verdict => verdict.Attack is not null).ToArray();
        Assert.Equal(("FGSM LInf 0.02", fallen.Count(verdict => verdict.Distance > 0.02)), attacked.Single(entry => entry.Attack == "FGSM LInf 0.02"));
        Assert.Equal(("FGSM LInf 0.2", report.Verdicts.Count(verdict => verdict.IsRobust)), attacked.Single(entry => entry.Attack == "FGSM LInf 0.2"));
        var atLeast = new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.02, 0.05, 0.1, 0.2], LooksForDoubts = false }.Evaluate(problem.Network, problem.Data);
        Assert.All(atLeast.Curve.Zip(report.Curve), pair => Assert.True(pair.First.RobustAccuracy <= pair.Second.RobustAccuracy));
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void Evaluate_InterruptedInTheCurve_GoesOnThereWithEqualPoints(double radius)
    {
        using var problem = new SuiteProblem(Rows);
        RobustnessEvaluator Evaluator(string? path, IProgress<SuiteProgress>? progress) => new(Threat, Suite)
        {
            Epsilons = [0.02, 0.05, 0.1, 0.2],
            LooksForDoubts = false,
            Settings = new SuiteSettings { BatchSize = 10, StatePath = path, Progress = progress },
        };
        var unbroken = Evaluator(null, null).Evaluate(problem.Network, problem.Data);
        var path = Path.Combine(_folder, "state");
        using var stop = new CancellationTokenSource();
        var at = FormattableString.Invariant($"FGSM LInf {radius}");
        Assert.ThrowsAny<OperationCanceledException>(() => Evaluator(path, new Heard(progress =>
        {
            if (progress.Attack == at)
                stop.Cancel();
        })).Evaluate(problem.Network, problem.Data, stop.Token));
        Assert.True(File.Exists(FormattableString.Invariant($"{path}.{radius}")));

        var heard = new List<SuiteProgress>();
        var resumed = Evaluator(path, new Heard(heard.Add)).Evaluate(problem.Network, problem.Data);
        Assert.Equal(unbroken.Verdicts, resumed.Verdicts);
        Assert.Equal(unbroken.Curve, resumed.Curve);
        // No radius before it is attacked again, nor are its rows that are done.
        var first = heard.First(progress => progress.Rows > 0);
        Assert.EndsWith(FormattableString.Invariant($"LInf {radius}"), first.Attack, StringComparison.Ordinal);
        Assert.InRange(first.Done, 11, Rows);

        heard.Clear();
        Assert.Equal(unbroken.Curve, Evaluator(path, new Heard(heard.Add)).Evaluate(problem.Network, problem.Data).Curve);
        Assert.Empty(heard);
    }

    [Fact]
    public void Evaluate_WithTheCurveOfAnother_SaysInWhatItDiffers()
    {
        using var problem = new SuiteProblem(Rows);
        var settings = new SuiteSettings { StatePath = Path.Combine(_folder, "state") };
        RobustnessEvaluator Evaluator(Func<ThreatModel, AttackSuite> curve) => new(Threat, Suite) { Epsilons = [0.05], CurveSuite = curve, LooksForDoubts = false, Settings = settings };
        Evaluator(Suite).Evaluate(problem.Network, problem.Data);
        var error = Assert.Throws<InvalidOperationException>(() => Evaluator(threat => new AttackSuite(new FastGradient(threat))).Evaluate(problem.Network, problem.Data));
        Assert.Contains("state.0.05' is of another run: here the attacks are", error.Message);

        // A run of its own at that radius attacks all rows, and so is not the curve's.
        var whole = Assert.Throws<InvalidOperationException>(() =>
            Suite(Threat.WithEpsilon(0.05)).Run(problem.Network, problem.Data, new SuiteSettings { StatePath = Path.Combine(_folder, "state.0.05") }));
        Assert.Contains("here the digest of the rows left out is", whole.Message);

        File.WriteAllBytes(Path.Combine(_folder, "state.0.05"), [.. "MLRSUITE"u8, 2, 0, 0, 0]);
        Assert.Contains("is truncated or damaged", Assert.Throws<InvalidDataException>(() => Evaluator(Suite).Evaluate(problem.Network, problem.Data)).Message);
    }

    [Fact]
    public void Evaluate_ASoundEvaluation_RaisesNoDoubt()
    {
        using var problem = new SuiteProblem(Rows, network: Linear());
        var report = new RobustnessEvaluator(ThreatModel.LInf(0.02), threat => new AttackSuite(new FastGradient(threat), new Noise(threat))).Evaluate(problem.Network, problem.Data);
        Assert.Equal(report.ExactRobustAccuracy, report.RobustAccuracy);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void ANetworkThatRounds_HasMaskedAndZeroGradients()
    {
        using var inner = ModelArchitecture.MultilayerPerceptron().Create(InputShape.Vector(SuiteProblem.Length), 3, 2);
        using var problem = new SuiteProblem(Rows, network: new FunctionNetwork(input => inner.call(input.mul(8).round().div(8))));
        var report = new RobustnessEvaluator(Threat, threat => new AttackSuite(new FastGradient(threat), new Noise(threat))).Evaluate(problem.Network, problem.Data);
        Assert.Equal(0, report.Attacks[0].Fallen);
        Assert.InRange(report.Attacks[1].Fallen, 1, Rows);
        Assert.Contains(report.Warnings, warning => warning.Doubt == RobustnessDoubt.MaskedGradients && warning.Message.Contains($"broke {report.Attacks[1].Fallen} of {Rows} rows", StringComparison.Ordinal));
        Assert.Contains(report.Warnings, warning => warning.Doubt == RobustnessDoubt.ZeroGradients);
    }

    [Fact]
    public void AnOverconfidentNetwork_SaturatesTheCrossEntropyOnly()
    {
        using var inner = Linear();
        using var problem = new SuiteProblem(Rows, network: new FunctionNetwork(input => inner.call(input).mul(1e4)));
        Assert.Contains(RobustnessDoubt.SaturatedLoss, Doubts(problem, threat => new AttackSuite(new FastGradient(threat))));
        var withMargin = Doubts(problem, threat => new AttackSuite(new FastGradient(threat), new FastGradient(threat) { Loss = AttackLoss.Margin }));
        Assert.DoesNotContain(RobustnessDoubt.SaturatedLoss, withMargin);
        Assert.DoesNotContain(RobustnessDoubt.ZeroGradients, withMargin);
    }

    [Fact]
    public void ARandomNetwork_IsNamed()
    {
        var calls = 0UL;
        using var inner = Linear();
        using var problem = new SuiteProblem(Rows, network: new FunctionNetwork(input => inner.call(input).add(new RowRandom(++calls).Normal(input.narrow(1, 0, 3)).mul(0.01))));
        Assert.Contains(RobustnessDoubt.RandomOutputs, Doubts(problem, threat => new AttackSuite(new FastGradient(threat))));
        Assert.DoesNotContain(RobustnessDoubt.RandomOutputs, Doubts(problem, threat => new AttackSuite(new FastGradient(threat) { GradientSamples = 5 })));
    }

    [Fact]
    public void OutputsThatAreProbabilities_AreNamed()
    {
        using var inner = Linear();
        using var problem = new SuiteProblem(Rows, network: new FunctionNetwork(input => nn.functional.softmax(inner.call(input), 1)));
        Assert.Contains(RobustnessDoubt.ProbabilityOutputs, Doubts(problem, threat => new AttackSuite(new FastGradient(threat))));
    }

    [Fact]
    public void AnAttackThatStopsTooEarly_IsStillFalling() =>
        Assert.Equal([RobustnessDoubt.StillFalling], Doubts(new SuiteProblem(Rows, network: Linear()), threat => new AttackSuite(new FastGradient(threat) { StepSize = 1e-6 }), 0.02));

    [Fact]
    public void ARadiusThatReachesOtherClasses_IsTooLarge()
    {
        using var problem = new SuiteProblem(Rows, network: Linear());
        Assert.Contains(RobustnessDoubt.EpsilonTooLarge, Doubts(problem, threat => new AttackSuite(new FastGradient(threat)), 0.5));
        Assert.DoesNotContain(RobustnessDoubt.EpsilonTooLarge, Doubts(problem, threat => new AttackSuite(new FastGradient(threat)), 0.02));
    }

    [Fact]
    public void ASuiteWithoutGradients_IsAnUpperBound()
    {
        using var problem = new SuiteProblem(Rows);
        Assert.Equal([RobustnessDoubt.NoGradients], Doubts(problem, threat => new AttackSuite(new Noise(threat)), 0.02));
    }

    [Fact]
    public void ASuiteOfAnotherThreatModelOrAnImpossibleRadius_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() => new RobustnessEvaluator(Threat, _ => new AttackSuite(new FastGradient(ThreatModel.L2(1)))));
        Assert.Contains("LInf 0.1 in [0, 1], but is of L2 1 in [0, 1]", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.1, double.NaN] });
        using var problem = new SuiteProblem(Rows);
        var curve = new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.05], CurveSuite = _ => Suite(Threat) };
        Assert.Contains("LInf 0.05 in [0, 1], but is of LInf 0.1 in [0, 1]", Assert.Throws<ArgumentException>(() => curve.Evaluate(problem.Network, problem.Data)).Message);
    }

    [Fact]
    public void Evaluate_LeavesNoTensorsBehind()
    {
        using var problem = new SuiteProblem(Rows);
        LiveTensors.AssertNoneLeft(() => new RobustnessEvaluator(Threat, Suite) { Epsilons = [0.05, 0.2] }.Evaluate(problem.Network, problem.Data));
    }

    private static AttackSuite Suite(ThreatModel threat) =>
        new(new FastGradient(threat), new ProjectedGradientDescent(threat) { Steps = 5, Loss = AttackLoss.Margin });

    private static IEnumerable<RobustnessDoubt> Doubts(SuiteProblem problem, Func<ThreatModel, AttackSuite> suite, double epsilon = 0.1) =>
        new RobustnessEvaluator(ThreatModel.LInf(epsilon), suite).Evaluate(problem.Network, problem.Data).Warnings.Select(warning => warning.Doubt);

    private static nn.Module<Tensor, Tensor> Linear(int classes = 3)
    {
        var network = ModelArchitecture.MultilayerPerceptron().Create(InputShape.Vector(SuiteProblem.Length), classes, 12);
        using var quiet = no_grad();
        network.parameters().Single(parameter => parameter.dim() == 1).zero_();
        return network;
    }

    private sealed class Heard(Action<SuiteProgress> act) : IProgress<SuiteProgress>
    {
        public void Report(SuiteProgress value) => act(value);
    }

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
