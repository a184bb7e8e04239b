using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Corruptions;
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
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Evaluation;

/// <summary>For any split of the rows, the merged results equal the whole's bit by bit.</summary>
public sealed class PartsTests
{
    private const int Rows = 60;

    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(seed => (ulong)seed)];

    private static AttackSuite Suite(ThreatModel threat) => new(
        new UniformNoiseAttack(threat) { Draws = 1 },
        new ProjectedGradientDescent(threat) { Steps = 3, Loss = AttackLoss.Margin });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Suite_OfAnySplit_IsThatOfTheWhole(ulong seed)
    {
        using var whole = new AttackSuiteTestCase(Rows, network: Double());
        foreach (var all in (bool[])[false, true])
        {
            AttackSuiteOptions Options(int batchSize) =>
                new() { Seed = 5, BatchSize = batchSize, AttackAllRows = all, KeepInputs = true };
            var expected = Suite(Threat).Run(whole.Network, whole.Data, Options(16));
            var parts = Splits.Of(Rows, seed).Select(range =>
            {
                using var part = whole.Part(range);
                return Suite(Threat).Run(whole.Network, part, Options(7));
            }).ToArray();
            var merged = Splits.Merged(parts, AttackSuiteResult.Merge, seed);
            Assert.Equal(Numbers.Of(expected), Numbers.Of(merged));
            for (var row = 0L; row < Rows; row++)
                Assert.Equal(expected.InputOf(row)?.ToArray(), merged.InputOf(row)?.ToArray());
            for (var attack = 0; all && attack < 2; attack++)
                Assert.Equal(expected.SucceededBy(attack), merged.SucceededBy(attack));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Report_OfAnySplit_IsThatOfTheWhole(ulong seed)
    {
        using var whole = new AttackSuiteTestCase(160, network: Double());
        CheckReport(whole, Suite, seed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Report_WithWarningsOfAllKinds_IsThatOfTheWhole(ulong seed)
    {
        // Gradients of zero, masked ones, and a radius that overlaps.
        using var inner = Double();
        using var whole = new AttackSuiteTestCase(160,
            network: new FunctionNetwork(input => inner.call(input.mul(8).round().div(8))));
        var doubts = CheckReport(whole, threat => new AttackSuite(
            new FastGradientMethod(threat), new UniformNoiseAttack(threat) { Draws = 3 }), seed, ThreatModel.LInf(0.3));
        Assert.Superset(
            new HashSet<RobustnessWarningKind>(
                [RobustnessWarningKind.ZeroGradients, RobustnessWarningKind.MaskedGradients,
                    RobustnessWarningKind.EpsilonTooLarge]),
            doubts.ToHashSet());
        // Square breaks what it meets, so that some parts never ask for a gradient.
        using var soft = new AttackSuiteTestCase(160, network: Double());
        CheckReport(soft, threat => new AttackSuite(
            new SquareAttack(threat) { Queries = 40 }, new FastGradientMethod(threat)), seed, ThreatModel.LInf(0.15));
        using var linear = new AttackSuiteTestCase(160, network: AttackSuiteTestCase.LinearNetwork());
        Assert.Equal([RobustnessWarningKind.NoGradients],
            CheckReport(linear, threat => new AttackSuite(new UniformNoiseAttack(threat) { Draws = 1 }), seed));
        // One step of descent leaves rows that a longer search breaks.
        using var curved = new AttackSuiteTestCase(160, network: Double());
        Assert.Contains(RobustnessWarningKind.StillFalling, CheckReport(
            curved, threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 1 }), seed));
    }

    private static RobustnessWarningKind[] CheckReport(
        AttackSuiteTestCase whole, Func<ThreatModel, AttackSuite> suite, ulong seed, ThreatModel? threat = null)
    {
        RobustnessEvaluator Evaluator(int batchSize) => new(threat ?? Threat, suite)
        {
            Epsilons = [0, 0.05, 0.1, 0.2],
            CurveSuite = radius => new AttackSuite(new FastGradientMethod(radius)),
            SuiteOptions = new AttackSuiteOptions { Seed = 5, BatchSize = batchSize },
        };
        var expected = Evaluator(64).Evaluate(whole.Network, whole.Data);
        var parts = Splits.Of((int)whole.Labels.shape[0], seed).Select(range =>
        {
            using var part = whole.Part(range);
            return Evaluator(11).Evaluate(whole.Network, part);
        }).ToArray();
        Assert.Equal(Numbers.Of(expected), Numbers.Of(Splits.Merged(parts, RobustnessReport.Merge, seed)));
        return [.. expected.Warnings.Select(warning => warning.Kind)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Transfer_OfAnySplit_IsThatOfTheWhole(ulong seed)
    {
        using var whole = new AttackSuiteTestCase(Rows, network: Double());
        using var other = Double(3);
        (string, Module<Tensor, Tensor>)[] networks = [("one", whole.Network), ("other", other)];
        TransferMatrix Measure(LabeledDataset data) =>
            TransferMatrix.Measure(networks, networks, data, Suite(Threat).Attacks[1], 7);
        var parts = Splits.Of(Rows, seed).Select(range =>
        {
            using var part = whole.Part(range);
            return Measure(part);
        }).ToArray();
        Assert.Equal(Numbers.Of(Measure(whole.Data)), Numbers.Of(Splits.Merged(parts, TransferMatrix.Merge, seed)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Corruptions_OfAnySplit_AreThoseOfTheWhole(ulong seed)
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(1, 8, 8);
        using var network = ModelArchitecture.MultilayerPerceptron(6).Create(shape, 3, 2);
        network.to(ScalarType.Float64);
        using var wide = new FunctionNetwork(input => network.call(input.to(ScalarType.Float64)));
        var inputs = new RowRandom(4).Uniform(zeros(shape.Batch(20)), 0, 1);
        var labels = wide.call(inputs).argmax(1);
        LabeledDataset Part(int first, int count) => LabeledDataset.FromTensors(
            inputs.narrow(0, first, count).clone(), labels.narrow(0, first, count).clone(), shape, 3, first);
        CorruptionReport Measure(LabeledDataset data) => CorruptionReport.Measure(
            [("one", wide)], data, [new GaussianNoise(), new ImpulseNoise(), new Fog(), new Contrast()], [2, 5], ValueRange.Unit,
            3);
        using var whole = Part(0, 20);
        var parts = Splits.Of(20, seed).Select(range =>
        {
            using var part = Part(range.First, range.Count);
            return Measure(part);
        }).ToArray();
        Assert.Equal(Numbers.Of(Measure(whole)), Numbers.Of(Splits.Merged(parts, CorruptionReport.Merge, seed)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Attributions_OfAnySplit_AreThoseOfTheWhole(ulong seed)
    {
        using var whole = new AttackSuiteTestCase(20, network: Double());
        AttributionQualityReport Measure(LabeledDataset data, int batchSize) => new AttributionQuality(
            new Saliency().Smoothed(3, 0.1))
        {
            BatchSize = batchSize,
            Perturbations = 2,
            SensitivitySamples = 2,
            RemovalSteps = 3,
            SanityRows = 9,
        }.Measure(whole.Network, data, 3);
        var parts = Splits.Of(20, seed).Select(range =>
        {
            using var part = whole.Part(range);
            return Measure(part, 3);
        }).ToArray();
        var merged = Splits.Merged(parts, AttributionQualityReport.Merge, seed);
        Assert.Equal(Numbers.Of(Measure(whole.Data, 8)), Numbers.Of(merged));
        var compared = AttributionComparison.Merge(parts.Select(part => new AttributionComparison([("one", part)])));
        Assert.Equal(Numbers.Of(merged), Numbers.Of(compared["one"]));
    }

    [Fact]
    public void APartOfFloats_HasTheVerdictsOfTheWhole_RowByRow()
    {
        // Without the number of its first row, a half of 32 rows draws as the first half does: 27 of 32 were the same.
        using var whole = new AttackSuiteTestCase(64);
        var suite = new AttackSuite(new UniformNoiseAttack(Threat) { Draws = 1 });
        var expected = suite.Run(whole.Network, whole.Data).RowResults.Skip(32).Select(row => (row.Row, row.Prediction))
            .ToArray();
        using var half = whole.Part((32, 32));
        Assert.Equal(expected, suite.Run(whole.Network, half).RowResults.Select(row => (row.Row, row.Prediction)));
        using var alone = LabeledDataset.FromTensors(whole.Inputs.narrow(0, 32, 32).clone(),
            whole.Labels.narrow(0, 32, 32).clone(),
            whole.Data.Shape, whole.Data.Classes);
        Assert.NotEqual(expected.Select(row => row.Prediction),
            suite.Run(whole.Network, alone).RowResults.Select(row => row.Prediction));
    }

    /// <summary>A network that computes in double precision, where no kernel's rounding tells how many rows come at
    /// once.</summary>
    private static FunctionNetwork Double(ulong seed = 2)
    {
        var network = ModelArchitecture.MultilayerPerceptron(24).Create(InputShape.Vector(AttackSuiteTestCase.Length), 3, seed);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        network.to(ScalarType.Float64);
        foreach (var parameter in network.parameters().Where(parameter => parameter.dim() == 2))
            parameter.mul_(4);
        return new FunctionNetwork(input => network.call(input.to(ScalarType.Float64)).to(ScalarType.Float32));
    }
}
