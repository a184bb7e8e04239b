using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Evaluation;

public sealed class RobustnessMetricsTests
{
    private static readonly ThreatModel Threat = ThreatModel.LInf(0.2);

    private readonly MLContext _ml = new(seed: 3);

    private sealed class Verdict
    {
        public long Row { get; set; }

        public uint Label { get; set; }

        public uint CleanPrediction { get; set; }

        public uint AttackedPrediction { get; set; }

        public bool IsRobust { get; set; }

        public string Attack { get; set; } = "";

        public float Distance { get; set; }
    }

    [Fact]
    public void DefaultSuite_IsAutoAttackAndNeverAboveAnyAttack()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml, rows: 45),
            new RobustnessOptions { ThreatModel = Threat });
        Assert.Equal(4, metrics.Report.Attacks.Count);
        Assert.Contains("Square-5000", metrics.Attack, StringComparison.Ordinal);
        var pgd = _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml, rows: 45),
            new ProjectedGradientDescent(Threat) { Steps = 20 });
        Assert.InRange(metrics.RobustAccuracy, 0, pgd.RobustAccuracy);
        Assert.InRange(metrics.RobustAccuracy, metrics.Interval.Low, metrics.Interval.High);
        Assert.Equal(45, metrics.Rows);
    }

    [Fact]
    public void ToString_ShowsAttacksAndConfusion()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml, rows: 45),
            Options());
        var lines = metrics.ToString().Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        Assert.Equal("Robustness under L∞ 0.2 in [0, 1], 45 rows", lines[0]);
        var fgsm = metrics.Report.Attacks[0];
        Assert.Contains(lines,
            line => line.StartsWith("FGSM L∞ 0.2", StringComparison.Ordinal)
            && line.Contains(FormattableString.Invariant($"{fgsm.Accuracy:F4}"), StringComparison.Ordinal));
        Assert.Contains(lines,
            line => line.StartsWith("worst case", StringComparison.Ordinal)
            && line.Contains(FormattableString.Invariant($"{metrics.RobustAccuracy:F4}"), StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("radius 0.1", StringComparison.Ordinal));
        Assert.Contains("Confusion table under attack", lines);
        Assert.Contains(lines,
            line => line.StartsWith("PREDICTED ||   red | green |  blue | Robust |  Clean", StringComparison.Ordinal));
        var green = metrics.Report.Classes[1];
        var counts = string.Concat(metrics.Report.Confusion[1].Select(count => $" {count,5} |"));
        var expected = $"    green ||{counts} "
            + FormattableString.Invariant($"{green.RobustAccuracy:F4} | {green.CleanAccuracy:F4}");
        Assert.Contains(expected, lines);
    }

    [Fact]
    public void ToDataView_HasAVerdictForEachRow()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml, rows: 45),
            Options());
        var view = metrics.ToDataView();
        Assert.Null(view.Schema.GetColumnOrNull("Features"));
        var rows = _ml.Data.CreateEnumerable<Verdict>(view, reuseRowObject: false).ToArray();
        Assert.Equal(45, rows.Length);
        Assert.Equal(metrics.RobustAccuracy, rows.Count(row => row.IsRobust) / 45.0, 12);
        foreach (var (row, verdict) in rows.Zip(metrics.Report.RowResults))
        {
            Assert.Equal((verdict.Row, (uint)verdict.Label + 1, (uint)verdict.CleanPrediction + 1, (uint)verdict.Prediction + 1),
                (row.Row, row.Label, row.CleanPrediction, row.AttackedPrediction));
            Assert.Equal(verdict.Attack is { } attack ? metrics.Report.Attacks[attack].Name : "", row.Attack);
            Assert.Equal((float)verdict.Distance, row.Distance);
        }
    }

    [Fact]
    public void KeptRows_ScoredAgain_GiveTheRobustAccuracy()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var options = Options();
        options.KeepInputs = true;
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml, rows: 45), options);
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy - 0.05);
        Assert.Equal(metrics.RobustAccuracy,
            _ml.MulticlassClassification.Evaluate(model.Transform(metrics.ToDataView())).MicroAccuracy, 12);
    }

    [Fact]
    public void KeptRowsOfBytes_StayBytesWithinTheRadius()
    {
        var random = new Random(2);
        var points = Enumerable.Range(0, 30).Select(row => new TwoDimensionalClasses.BytePoint
        {
            Number = row % 3,
            Features = [
                .. Enumerable.Range(0, TwoDimensionalClasses.Dimensions)
                .Select(i => (byte)(60 + (i == row % 3 ? 110 : 0) + random.Next(60)))],
        }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(points);
        using var model = TwoDimensionalClasses.Trainer(_ml, trainer => trainer.LabelColumnName = "Number").Fit(data);
        var options = Options();
        (options.LabelColumnName, options.KeepInputs, options.ThreatModel) = ("Number", true, ThreatModel.LInf(51 / 255.0));
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(model, data, options);
        var kept = _ml.Data.CreateEnumerable<TwoDimensionalClasses.BytePoint>(metrics.ToDataView(), reuseRowObject: false)
            .ToArray();
        Assert.Equal(points.Select(point => point.Number), kept.Select(point => point.Number));
        foreach (var (verdict, row) in metrics.Report.RowResults.Zip(points.Zip(kept)))
        {
            var moved = row.First.Features.Zip(row.Second.Features).Max(pair => Math.Abs(pair.First - pair.Second));
            Assert.InRange(moved, verdict.Attack is null ? 0 : 1, verdict.Attack is null ? 0 : 51);
        }
        Assert.Contains(metrics.Report.RowResults, verdict => verdict.Attack is not null);
        Assert.Equal(metrics.RobustAccuracy,
            _ml.MulticlassClassification.Evaluate(model.Transform(metrics.ToDataView()), labelColumnName: "Number").MicroAccuracy,
            0.15);
    }

    public static TheoryData<string, double, int> ByteBalls =>
        new() { { "LInf", 51 / 255.0, 51 }, { "LInf", 51.7 / 255, 51 }, { "L2", 0.3, 76 } };

    [Theory]
    [MemberData(nameof(ByteBalls))]
    public void BytesAttackedByScores_AreJudgedAsTheBytesTheyAre(string norm, double epsilon, int levels)
    {
        var points = TwoDimensionalClasses.Make(rows: 45)
            .Select(
                point => new TwoDimensionalClasses.BytePoint
                {
                    Number = point.Number,
                    Features = [.. point.Features.Select(value => (byte)MathF.Round(value * 255))]
                }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(points);
        var before = _ml.Transforms.CopyColumns("Input", "Features").Fit(data);
        using var classifier = TwoDimensionalClasses.Trainer(_ml,
            trainer => (trainer.LabelColumnName, trainer.FeatureColumnName) = ("Number", "Input")).Fit(before.Transform(data));
        var chain = new TransformerChain<ITransformer>(before, classifier);
        var threat = norm == "L2" ? ThreatModel.L2(epsilon) : ThreatModel.LInf(epsilon);
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(chain, data, new RobustnessOptions
        {
            ThreatModel = threat,
            Suite = with => new AttackSuite(new UniformNoiseAttack(with) { Draws = 20 },
                new SquareAttack(with) { Queries = 150 }),
            Epsilons = [epsilon / 2],
            LabelColumnName = "Number",
            FeatureColumnNames = ["Features"],
            KeepInputs = true,
        });

        Assert.StartsWith("Noise-20 ", metrics.Attack, StringComparison.Ordinal);
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy - 0.05);
        Assert.InRange(metrics.Report.Curve[0].RobustAccuracy, metrics.RobustAccuracy, metrics.CleanAccuracy);
        Assert.Equal(metrics.RobustAccuracy,
            _ml.MulticlassClassification.Evaluate(chain.Transform(metrics.ToDataView()), labelColumnName: "Number").MicroAccuracy,
            12);
        var kept = _ml.Data.CreateEnumerable<TwoDimensionalClasses.BytePoint>(metrics.ToDataView(), reuseRowObject: false)
            .ToArray();
        foreach (var (verdict, (point, row)) in metrics.Report.RowResults.Zip(points.Zip(kept))
            .Where(entry => entry.First.Attack is not null))
        {
            var moved = point.Features.Zip(row.Features, (one, other) => Math.Abs((double)one - other)).ToArray();
            var distance = norm == "L2" ? Math.Sqrt(moved.Sum(value => value * value)) : moved.Max();
            Assert.InRange(distance, 1, levels + 0.5);
            Assert.Equal(distance / 255, verdict.Distance, 1e-6);
            Assert.InRange(verdict.Distance, 0, epsilon + 1e-6);
        }
    }

    [Fact]
    public void BytesAndAnAttackInAnotherRange_AreRefused()
    {
        var data = TwoDimensionalClasses.Bytes(_ml, rows: 9);
        using var model = TwoDimensionalClasses.Trainer(_ml, trainer => trainer.LabelColumnName = "Number").Fit(data);
        var error = Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateRobustness(model, data,
                new RobustnessOptions { LabelColumnName = "Number", ThreatModel = ThreatModel.LInf(8, new ValueRange(0, 255)) }));
        Assert.StartsWith(
            "Column 'Features' holds bytes, which are read as value / 255, but the threat model has the range [0, 255]. Give it "
                + "a range in [0, 1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Curve_FallsAndBeginsAtTheCleanAccuracy()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var options = Options();
        options.Epsilons = [0, 0.1, 0.2, 0.3];
        var report = _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml, rows: 45),
            options).Report;
        Assert.Equal(report.CleanAccuracy, report.Curve[0].RobustAccuracy);
        Assert.Equal(report.Curve.OrderByDescending(point => point.RobustAccuracy), report.Curve);
        Assert.True(report.Curve[2].RobustAccuracy <= report.RobustAccuracy);
        Assert.True(report.Curve[3].RobustAccuracy < report.Curve[0].RobustAccuracy);
    }

    [Fact]
    public void State_OfAnInterruptedEvaluation_IsGoneOnWith()
    {
        using var folder = new TemporaryFolder();
        using var model = TwoDimensionalClasses.Fitted(_ml);
        using var stop = new CancellationTokenSource();
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 45);
        var unbroken = _ml.MulticlassClassification.EvaluateRobustness(model, data, Options());
        var options = Options();
        (options.BatchSize, options.StatePath, options.CancellationToken, options.Progress) = (10, folder.PathOf("state"),
            stop.Token, new Stop(stop));
        Assert.ThrowsAny<OperationCanceledException>(() => _ml.MulticlassClassification.EvaluateRobustness(model, data, options));
        (options.CancellationToken, options.Progress) = (default, null);
        Assert.Equal(unbroken.Report.RowResults.Select(verdict => verdict.IsRobust),
            _ml.MulticlassClassification.EvaluateRobustness(model, data,
                options).Report.RowResults.Select(verdict => verdict.IsRobust));
        options.Seed = 77;
        Assert.Contains("here the seed is 77",
            Assert.Throws<InvalidOperationException>(
                () => _ml.MulticlassClassification.EvaluateRobustness(model, data, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelWithoutGradientsToTheColumn_IsAttackedByItsScores()
    {
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 45);
        var before = TwoDimensionalClasses.UsersOwnCopy(_ml, data);
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.FeatureColumnName = "Input")
            .Fit(before.Transform(data));
        var chain = new TransformerChain<ITransformer>(before, classifier);
        var options = Options();
        (options.FeatureColumnNames, options.Suite) = (["Features"],
            threat => new AttackSuite(new UniformNoiseAttack(threat) { Draws = 20 }, new SquareAttack(threat) { Queries = 200 }));

        var byScores = _ml.MulticlassClassification.EvaluateRobustness(chain, data, options);

        Assert.Equal(_ml.MulticlassClassification.Evaluate(chain.Transform(data)).MicroAccuracy, byScores.CleanAccuracy, 12);
        Assert.All(byScores.Report.Attacks, attack => Assert.Equal(0, attack.GradientQueries));
        Assert.Contains(byScores.Warnings, warning => warning.Kind == RobustnessWarningKind.NoGradients);
        options.FeatureColumnNames = [];
        var atTheClassifier = _ml.MulticlassClassification.EvaluateRobustness(chain, data, options);
        // The same squares meet the same network, once by its probabilities and once by its logits.
        Assert.InRange(byScores.RobustAccuracy, 0, byScores.CleanAccuracy - 0.05);
        Assert.Equal(atTheClassifier.RobustAccuracy, byScores.RobustAccuracy);

        options.FeatureColumnNames = ["Features"];
        options.Suite = threat => new AttackSuite(new FastGradientMethod(threat));
        Assert.Contains("needs gradients, and the model has none to the columns attacked: the step CustomMappingTransformer`2",
            Assert.Throws<InvalidOperationException>(
                () => _ml.MulticlassClassification.EvaluateRobustness(chain, data, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDefaultSuiteWithoutGradients_IsNoiseAndSquare()
    {
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 9);
        var before = TwoDimensionalClasses.UsersOwnCopy(_ml, data);
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.FeatureColumnName = "Input")
            .Fit(before.Transform(data));
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(new TransformerChain<ITransformer>(before, classifier),
            data,
            new RobustnessOptions { ThreatModel = ThreatModel.LInf(0.6), FeatureColumnNames = ["Features"] });
        Assert.Equal("Noise-10 L∞ 0.6, Square-5000 L∞ 0.6", metrics.Attack);
    }

    [Fact]
    public void ScoresThatDependOnAnotherColumn_AreRefusedWhereModelsShareOne()
    {
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 9);
        var before = _ml.Transforms.Concatenate("Input", "Features", "Number").Fit(data);
        using var classifier = TwoDimensionalClasses.Trainer(_ml,
            options => (options.FeatureColumnName, options.Attack) = ("Input",
                new ProjectedGradientDescent(ThreatModel.LInf(0.05, new ValueRange(0, 3))) { Steps = 2 }))
                .Fit(before.Transform(data));
        var models = new Dictionary<string, ITransformer> { ["model"] = before.Append(classifier) };
        var error = Assert.Throws<InvalidOperationException>(() => _ml.MulticlassClassification.EvaluateTransfer(
            models, data, new FastGradientMethod(Threat)));
        Assert.Contains("depend on column 'Number' as well as on 'Features'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transfer_ComparesEveryPairOfModels()
    {
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 45);
        using var one = TwoDimensionalClasses.Fitted(_ml);
        using var other = TwoDimensionalClasses.Fitted(_ml, options => options.Seed = 12);
        var before = TwoDimensionalClasses.UsersOwnCopy(_ml, data);
        using var third = TwoDimensionalClasses.Trainer(_ml, options => options.FeatureColumnName = "Input")
            .Fit(before.Transform(data));
        var attack = new ProjectedGradientDescent(Threat) { Steps = 5 };
        var models = new Dictionary<string, ITransformer>
        {
            ["one"] = one,
            ["other"] = other,
            ["by scores"] = new TransformerChain<ITransformer>(before, third)
        };

        var matrix = _ml.MulticlassClassification.EvaluateTransfer(models, data, attack);

        Assert.Equal(["one", "other"], matrix.Sources);
        Assert.Equal(["one", "other", "by scores"], matrix.Targets);
        Assert.Equal(_ml.MulticlassClassification.EvaluateRobustness(one, data, attack).RobustAccuracy, matrix[0, 0]);
        Assert.Equal(_ml.MulticlassClassification.EvaluateRobustness(other, data, attack).RobustAccuracy, matrix[1, 1]);
        Assert.Equal(_ml.MulticlassClassification.Evaluate(models["by scores"].Transform(data)).MicroAccuracy,
            matrix.CleanAccuracies[2], 12);
        Assert.InRange(matrix[0, 1], matrix[1, 1], matrix.CleanAccuracies[1]);
        Assert.Contains(FormattableString.Invariant($"{matrix[0, 1]:F4}"), matrix.ToString(), StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateTransfer(
                new Dictionary<string, ITransformer> { ["by scores"] = models["by scores"] }, data, attack));
        Assert.Contains("None of the 1 models has gradients to column 'Features'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_LeavesNoTensorsBehind()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var data = TwoDimensionalClasses.Keyed(_ml, rows: 45);
        LiveTensors.AssertNoneLeft(() => _ml.MulticlassClassification.EvaluateRobustness(model, data, Options()));
        var before = _ml.Transforms.CopyColumns("Features2", "Features").Fit(data);
        var options = Options();
        (options.FeatureColumnNames, options.Suite) = (["Features"], threat => new AttackSuite(new UniformNoiseAttack(threat)));
        LiveTensors.AssertNoneLeft(
            () => _ml.MulticlassClassification.EvaluateRobustness(before.Append(model), data, options));
    }

    [Fact]
    public void AnotherThreatModelThanTheSuites_IsRefused()
    {
        using var model = TwoDimensionalClasses.Fitted(_ml);
        var options = Options();
        options.Suite = _ => new AttackSuite(new FastGradientMethod(ThreatModel.L2(1)));
        Assert.Contains("must be of the threat model it is asked for",
            Assert.Throws<ArgumentException>(
                () => _ml.MulticlassClassification.EvaluateRobustness(model, TwoDimensionalClasses.Keyed(_ml), options)).Message,
                StringComparison.Ordinal);
    }

    private static RobustnessOptions Options() => new()
    {
        ThreatModel = Threat,
        Suite = threat => new AttackSuite(new FastGradientMethod(threat), new ProjectedGradientDescent(threat) { Steps = 5 }),
        Epsilons = [0.1],
    };

    private sealed class Stop(CancellationTokenSource source) : IProgress<AttackSuiteProgress>
    {
        public void Report(AttackSuiteProgress value) => source.Cancel();
    }
}
