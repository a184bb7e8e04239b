using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Evaluation;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Evaluation;

/// <summary>Measures over the parts of the data, merged, are those over the data.</summary>
public sealed class PartsTests : IDisposable
{
    private const int Rows = 48;

    private static readonly int[][] Splits = [[16, 16, 16], [1, 0, 46, 1, 0], [30, 1, 17]];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;

    public PartsTests() => _data = _ml.Data.Cache(TwoDimensionalClasses.Keyed(_ml, rows: Rows));

    public void Dispose() => _folder.Dispose();

    private static ThreatModel Threat { get; } = ThreatModel.L2(0.4, new(-10, 10));

    private static AttackSuite Suite(ThreatModel threat) => new(
        new UniformNoiseAttack(threat) { Draws = 1 }, new ProjectedGradientDescent(threat) { Steps = 2 });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Robustness_OfAnySplit_IsThatOfTheWhole(bool hasGradients)
    {
        var model = Model(hasGradients);
        RobustnessMetrics Measure(IDataView data, long first, int batchSize) =>
            _ml.MulticlassClassification.EvaluateRobustness(model, data, new RobustnessOptions
            {
                ThreatModel = Threat,
                Suite = hasGradients ? Suite : threat => new AttackSuite(new UniformNoiseAttack(threat) { Draws = 1 }),
                Epsilons = [0.2, 0.6],
                KeepInputs = true,
                BatchSize = batchSize,
                FirstRow = first,
            });
        var expected = Measure(_data, 0, 256);
        foreach (var split in Splits)
        {
            var merged = RobustnessMetrics.Merge(Parts(split).Select(part => Measure(part.Data, part.First, 5)).Reverse());
            Assert.Equal(Text(expected), Text(merged));
            Assert.Equal(expected.Report.RowResults.Select(row => (row.Row, row.Label, row.Prediction, row.Attack)),
                merged.Report.RowResults.Select(row => (row.Row, row.Label, row.Prediction, row.Attack)));
            Assert.Equal(expected.Report.Curve, merged.Report.Curve);
            Assert.Equal(expected.Warnings, merged.Warnings);
            RowContent.AssertSame(Verdicts(expected), Verdicts(merged));
        }
        (model as IDisposable)?.Dispose();
    }

    [Fact]
    public void AHalfWithItsFirstRow_ReproducesTheWhole_RowByRow()
    {
        var model = Model(true);
        RowResult[] Measure(IDataView data, long first) =>
            [.. _ml.MulticlassClassification.EvaluateRobustness(model, data, new RobustnessOptions
            {
                ThreatModel = ThreatModel.L2(1, new(-10, 10)),
                Suite = threat => new AttackSuite(new UniformNoiseAttack(threat) { Draws = 1 }),
                CheckForGradientMasking = false,
                FirstRow = first,
            }).Report.RowResults];
        var whole = Measure(_data, 0)[24..];
        var half = _ml.Data.Cache(_ml.Data.SkipRows(_data, 24));
        Assert.Equal(whole.Select(row => (row.Row, row.Prediction)), Measure(half, 24).Select(row => (row.Row, row.Prediction)));
        // Without it, some of the rows draw other numbers and have another verdict.
        Assert.NotEqual(whole.Select(row => row.Prediction), Measure(half, 0).Select(row => row.Prediction));
        (model as IDisposable)?.Dispose();
    }

    [Fact]
    public void States_OfParts_AreMerged_AndEvaluatedAsTheWhole()
    {
        var model = Model(true);
        RobustnessMetrics Measure(IDataView data, long first, string? state) =>
            _ml.MulticlassClassification.EvaluateRobustness(model, data, new RobustnessOptions
            {
                ThreatModel = Threat,
                Suite = Suite,
                FirstRow = first,
                StatePath = state,
            });
        var expected = Measure(_data, 0, null);
        var paths = Parts(Splits[0]).Select((part, index) =>
        {
            Measure(part.Data, part.First, _folder.PathOf($"{index}.state"));
            return _folder.PathOf($"{index}.state");
        }).ToArray();
        AttackSuite.MergeStates(paths, _folder.PathOf("whole.state"));
        var merged = Measure(_data, 0, _folder.PathOf("whole.state"));
        Assert.Equal(Text(expected), Text(merged));
        (model as IDisposable)?.Dispose();
    }

    [Fact]
    public void TransferAndAttributions_OfAnySplit_AreThoseOfTheWhole()
    {
        var models = new Dictionary<string, ITransformer>
        {
            ["one"] = Model(true),
            ["other"] = Model(true, 4),
            ["sdca"] = Model(false)
        };
        TransferMatrix Transfer(IDataView data, long first) => _ml.MulticlassClassification.EvaluateTransfer(models, data,
            new TransferOptions { Attack = Suite(Threat).Attacks[1], Seed = 3, FirstRow = first });
        var both = models.Take(2).ToDictionary();
        AttributionComparison Attributions(IDataView data, long first) =>
            _ml.MulticlassClassification.EvaluateAttributions(both, data, new AttributionQualityOptions
            {
                Quality = new AttributionQuality(new Saliency().Smoothed(3, 0.1)) { SanityRows = 20, Range = new(-10, 10) },
                FirstRow = first,
            });
        foreach (var split in Splits)
        {
            Assert.Equal(Transfer(_data, 0).ToString(),
                TransferMatrix.Merge(Parts(split).Select(part => Transfer(part.Data, part.First))).ToString());
            Assert.Equal(Attributions(_data, 0).ToString(),
                AttributionComparison.Merge(Parts(split).Select(part => Attributions(part.Data, part.First))).ToString());
        }
        foreach (var model in models.Values.OfType<IDisposable>())
            model.Dispose();
    }

    [Fact]
    public void PartsOfDifferentRuns_SayInWhatTheyDiffer()
    {
        var (model, other, scores) = (Model(true), Model(true, 4), Model(false));
        RobustnessMetrics Measure(ITransformer by, long first, Action<RobustnessOptions>? set = null)
        {
            var options = new RobustnessOptions
            {
                ThreatModel = Threat,
                Suite = threat => new AttackSuite(new UniformNoiseAttack(threat) { Draws = 1 }),
                FirstRow = first,
            };
            set?.Invoke(options);
            return _ml.MulticlassClassification.EvaluateRobustness(
                by, _ml.Data.Cache(_ml.Data.TakeRows(first == 0 ? _data : _ml.Data.SkipRows(_data, first), 24)), options);
        }
        string Message(RobustnessMetrics one, RobustnessMetrics two) =>
            Assert.Throws<ArgumentException>(() => RobustnessMetrics.Merge([one, two])).Message;
        var part = Measure(model, 0);
        Assert.Contains("'the weights' digest is ", Message(part, Measure(other, 24)));
        Assert.Contains("'the weights' digest is ", Message(part, Measure(scores, 24)));
        Assert.Contains("'the seed is 1', that of rows 24 to 47 'the seed is 7'",
            Message(part, Measure(model, 24, options => options.Seed = 7)));
        Assert.Contains(
            "'the threat model is L2 0.4 in [-10, 10]', that of rows 24 to 47 'the threat model is L2 0.5 in [-10, 10]'",
            Message(part, Measure(model, 24, options => options.ThreatModel = ThreatModel.L2(0.5, new(-10, 10)))));
        Assert.Contains("'the radii of the curve are []', that of rows 24 to 47 'the radii of the curve are [0.1]'",
            Message(part, Measure(model, 24, options => options.Epsilons = [0.1])));
        Assert.Contains("The rows 24 to 24 are missing", Message(part, Measure(model, 25)));
        Assert.Contains("The parts overlap", Message(part, Measure(model, 20)));
        Assert.Equal(Rows, RobustnessMetrics.Merge([Measure(model, 24, options => options.BatchSize = 3), part]).Rows);
        Assert.Equal("FirstRow",
            Assert.Throws<ArgumentOutOfRangeException>(() => new RobustnessOptions { FirstRow = -1 }).ParamName);
        foreach (var used in (ITransformer[])[model, other, scores])
            (used as IDisposable)?.Dispose();
    }

    private IEnumerable<(IDataView Data, long First)> Parts(int[] split)
    {
        var first = 0;
        foreach (var count in split)
        {
            var rows = count == 0 ? _ml.Data.SkipRows(_data, Rows)
                : _ml.Data.TakeRows(first == 0 ? _data : _ml.Data.SkipRows(_data, first), count);
            yield return (_ml.Data.Cache(rows), first);
            first += count;
        }
    }

    private ITransformer Model(bool hasGradients, ulong seed = 3) => hasGradients
        ? TwoDimensionalClasses.Fitted(_ml, options => (options.Epochs, options.Seed) = (2, seed))
        : _ml.MulticlassClassification.Trainers.SdcaMaximumEntropy().Fit(_data);

    // Times are no two runs' own.
    private static string Text(RobustnessMetrics metrics) => string.Join('\n',
        metrics.ToString().Split('\n')
            .Select(line => line.EndsWith(" s", StringComparison.Ordinal) || line.EndsWith(" s\r", StringComparison.Ordinal)
            ? line[..line.LastIndexOf('|')] : line));

    private static List<RowContent> Verdicts(RobustnessMetrics metrics)
    {
        var view = metrics.ToDataView();
        return RowContent.Read(view, [.. view.Schema.Select(column => column.Name)]);
    }
}
