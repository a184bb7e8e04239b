using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>Both forms of the step in pipelines that train, score, and go into files.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly NeuralClassifierTransformer _classifier;

    public PipelineTests() => _classifier = TwoDimensionalClasses.Fitted(_ml);

    public void Dispose()
    {
        _classifier.Dispose();
        _folder.Dispose();
    }

    private sealed class Unlabeled
    {
        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    [Fact]
    public void AugmentedTraining_SeesTheCopies_AndScoresWithoutLabels()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var counted = new Counted();
        using var model = _ml.Transforms.CopyColumns("Copy", "Number")
            .Append(Augmented.RowsEstimator(_ml, _classifier), TransformerScope.TrainTest)
            .Append(
                TwoDimensionalClasses.Trainer(_ml,
                    options => (options.Epochs, options.BatchSize, options.BatchProgress) = (1, 30, counted)))
            .Fit(data);
        Assert.Equal(6, counted.Batches);

        var scored = model.Transform(TwoDimensionalClasses.View(_ml, rows: 9));
        Assert.Equal(9, TwoDimensionalClasses.ScoresOnly(scored).Count);
        Assert.Equal(180, TwoDimensionalClasses.ScoresOnly(model.Transform(data, TransformerScope.Testing)).Count);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.ScoreOnly>(model,
                new PredictionEngineOptions { OwnsTransformer = false }));
        using var engine = _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.ScoreOnly>(
            model.GetModelFor(TransformerScope.Scoring), new PredictionEngineOptions { OwnsTransformer = false });
        Assert.Equal(3, engine.Predict(TwoDimensionalClasses.Make(rows: 1)[0]).Score.Length);
    }

    [Fact]
    public void AugmentedTraining_LearnsWhatTheCopiesShow()
    {
        var (train, test) = (TwoDimensionalClasses.Keyed(_ml, rows: 120), TwoDimensionalClasses.Keyed(_ml, rows: 90, seed: 5));
        using var standard = Augmented.Linear(_ml);
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.2)) { Steps = 5 };
        using var augmented = _ml.Transforms.PgdAugmentRows(standard, attack: attack)
            .Append(
                TwoDimensionalClasses.Trainer(_ml,
                    options => (options.Objective, options.Attack, options.Epochs) = (new StandardObjective(), null, 15)))
            .Fit(train);
        var copies = _ml.Transforms.PgdAugment(standard, "Features", attack: attack).Fit(test).Transform(test);
        var before = _ml.MulticlassClassification.Evaluate(standard.Transform(copies)).MicroAccuracy;
        var after = _ml.MulticlassClassification.Evaluate(augmented.LastTransformer.Transform(copies)).MicroAccuracy;
        Assert.True(after > before + 0.1, $"{after} on copies made against a classifier that gets {before} of them");
    }

    [Fact]
    public void ColumnInTrainTestScope_LeavesScoringWithoutLabels()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var chain = _ml.Transforms.CopyColumns("Copy", "Features")
            .Append(_ml.Transforms.PgdAugment(_classifier, "Features", attack: Augmented.Attack), TransformerScope.TrainTest)
            .Append(_ml.Transforms.CopyColumns("Seen", "Features")).Fit(data);
        var unlabeled = _ml.Data.LoadFromEnumerable(
            TwoDimensionalClasses.Make(rows: 5).Select(point => new Unlabeled { Features = point.Features }));
        var scored = chain.Transform(unlabeled);
        Assert.Equal(Augmented.Vectors(unlabeled, "Features"), Augmented.Vectors(scored, "Seen"));
        var testing = chain.Transform(data, TransformerScope.Testing);
        Assert.NotEqual(Augmented.Vectors(testing, "Copy"), Augmented.Vectors(testing, "Seen"));
    }

    [Fact]
    public void Column_SavedWithItsClassifier_ComesBackInAFreshProcess()
    {
        var data = TwoDimensionalClasses.View(_ml);
        var chain = Augmented.Estimator(_ml, _classifier,
            options => (options.OutputColumnName, options.InputColumnName, options.LabelColumnName, options.Seed) = ("Features",
                null, "Number", 11)).Fit(data)
            .Append(_classifier);
        EstimatorContract.AssertComesBackInAFreshProcess(_ml, chain, _classifier);
    }

    [Fact]
    public void Rows_SavedWithTheirClassifier_ComeBack()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        foreach (var placement in Enum.GetValues<CopyPlacement>())
        {
            var step = Augmented.RowsEstimator(_ml, _classifier,
                options => (options.Fraction, options.Placement, options.Seed) = (0.6, placement, 3)).Fit(data);
            using var loaded = EstimatorContract.AssertComesBack(_ml, step, data, ["Features", "IsAdversarial"]);
            Assert.NotSame(_classifier, loaded.Classifier);
        }
    }

    [Fact]
    public void ScopesAndScoringModel_SurviveTheFile()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        using var model = _ml.Transforms.CopyColumns("Copy", "Number")
            .Append(Augmented.RowsEstimator(_ml, _classifier), TransformerScope.TrainTest)
            .Append(TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 1)).Fit(data);
        var path = _folder.PathOf("scoped.zip");
        _ml.Model.Save(model, data.Schema, path);
        using var loaded = Assert.IsType<TransformerChain<ITransformer>>(_ml.Model.Load(path, out _));
        var points = TwoDimensionalClasses.View(_ml, rows: 7);
        Assert.Equal(TwoDimensionalClasses.ScoresOnly(model.Transform(points)),
            TwoDimensionalClasses.ScoresOnly(loaded.Transform(points)));

        var scoring = _folder.PathOf("scoring.zip");
        _ml.Model.Save(model.GetModelFor(TransformerScope.Scoring), points.Schema, scoring);
        Assert.True(new FileInfo(scoring).Length < new FileInfo(path).Length);
        Assert.Equal(TwoDimensionalClasses.ScoresOnly(model.Transform(points)),
            TwoDimensionalClasses.ScoresOnly(_ml.Model.Load(scoring, out _).Transform(points)));
    }

    private static readonly ProjectedGradientDescent[] Tried =
    [
        new(ThreatModel.LInf(0.1, new ValueRange(-2, 3))) { Steps = 4, StepSize = 0.03, RandomStart = false, Momentum = 0.7,
            ReturnBestIterate = false, BatchSize = 11 },
        new(ThreatModel.L2(0.3, ValueRange.Unbounded)) { Loss = AttackLoss.Margin, StartOnSurface = true, EotSamples = 3 },
        new(ThreatModel.L1(1.5)) { Loss = AttackLoss.Dlr },
        new(ThreatModel.Unbounded().WithMask(true, false, true, true)),
        new(ThreatModel.LInf(1).WithBudgets(0.1, 0, 0.2, 0.05)),
    ];

    [Fact]
    public void Attacks_GoIntoTheFileAndBack()
    {
        foreach (var attack in Tried)
        {
            var found = Stored.Read<ProjectedGradientDescent>(
                Stored.Write(writer => AttackFormat.Write(writer, attack)), typeof(AttackFormat));
            Assert.Equal(Settings(attack), Settings(found));
            Assert.Equal(attack.ThreatModel.Budgets, found.ThreatModel.Budgets);
        }
    }

    [Fact]
    public void Attacks_TriedForTheFile_UseEverySettingThereIs()
    {
        var plain = Settings(new ProjectedGradientDescent(ThreatModel.LInf(0.1)));
        Assert.All(plain, setting => Assert.Contains(Tried, attack => Settings(attack)[setting.Key] != setting.Value));
    }

    [Fact]
    public void Attack_WithALossOfTheUsers_CannotBeSaved()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var step = Augmented.Estimator(_ml, _classifier,
            options => options.Attack = new(ThreatModel.LInf(0.1)) { Loss = new OwnLoss() }).Fit(data);
        var error = Assert.Throws<NotSupportedException>(() => _ml.Model.Save(step, data.Schema, _folder.PathOf("own.zip")));
        Assert.StartsWith("The loss OwnLoss of a PgdAugment step cannot be written to a model file.", error.Message,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Settings(ProjectedGradientDescent attack) =>
        typeof(ProjectedGradientDescent).GetProperties()
            .ToDictionary(property => property.Name, property => $"{property.GetValue(attack)}");

    private sealed class OwnLoss : AttackLoss
    {
        public override TorchSharp.torch.Tensor Evaluate(TorchSharp.torch.Tensor logits, TorchSharp.torch.Tensor labels) =>
            Margin.Evaluate(logits, labels);

        public override string ToString() => nameof(OwnLoss);
    }

    private sealed class Counted : IProgress<TrainingProgress>
    {
        public int Batches { get; private set; }

        public void Report(TrainingProgress value) => Batches++;
    }
}
