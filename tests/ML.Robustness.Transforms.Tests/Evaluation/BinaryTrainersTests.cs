using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Evaluation;

/// <summary>ML.NET's binary trainers, attacked by their one score: what is judged is what they predict.</summary>
public sealed class BinaryTrainersTests
{
    private static readonly string[] Trainers =
    [
        "SdcaLogistic", "SdcaNonCalibrated", "Lbfgs", "AveragedPerceptron", "LinearSvm", "SgdCalibrated", "LdSvm", "FastTree",
        "FastForest", "Gam", "LightGbm", "Platt",
    ];

    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _train;
    private readonly IDataView _test;

    public BinaryTrainersTests()
    {
        _train = BinaryPoints.View(_ml);
        _test = BinaryPoints.View(_ml, 60, seed: 2);
    }

    public static TheoryData<string, bool> Models()
    {
        var data = new TheoryData<string, bool>();
        foreach (var trainer in Trainers)
        {
            data.Add(trainer, false);
            data.Add(trainer, true);
        }
        return data;
    }

    [Theory, MemberData(nameof(Models))]
    public void Accuracy_IsMlNets_AndEveryDecisionIsThePredictedLabel(string trainer, bool isLoaded)
    {
        var model = Fitted(trainer);
        if (isLoaded)
            model = FittedChains.Loaded(_ml, model, _train.Schema);

        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, _test, Options());

        var scored = model.Transform(_test);
        Assert.Equal(_ml.BinaryClassification.EvaluateNonCalibrated(scored).Accuracy, metrics.CleanAccuracy);
        if (scored.Schema.GetColumnOrNull("Probability") is not null)
            Assert.Equal(_ml.BinaryClassification.Evaluate(scored).Accuracy, metrics.CleanAccuracy);
        DecisionsArePredictions(model, metrics);
        Assert.Equal(["False", "True"], metrics.ClassNames);
        Assert.True(metrics.RobustAccuracy < metrics.CleanAccuracy);
        var byAll = _ml.MulticlassClassification.EvaluateRobustness(model, _test, Options());
        Assert.Equal(metrics.Report.RowResults, byAll.Report.RowResults);
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(-1.5f)]
    public void AChangedThreshold_Decides_AsInPredictedLabel(float threshold)
    {
        var fitted = _ml.BinaryClassification.Trainers.SdcaLogisticRegression().Fit(_train);
        var changed = _ml.BinaryClassification.ChangeModelThreshold(fitted, threshold);
        var chain = new TransformerChain<ITransformer>(changed);
        foreach (var model in (ITransformer[])[changed, chain, FittedChains.Loaded(_ml, chain, _train.Schema)])
        {
            var metrics = _ml.BinaryClassification.EvaluateRobustness(model, _test, Options());
            DecisionsArePredictions(model, metrics);
            Assert.NotEqual(BinaryPoints.Predictions(fitted, _test), BinaryPoints.Predictions(model, _test));
        }
    }

    [Theory]
    [InlineData("Number")]
    [InlineData("Key")]
    [InlineData("Label")]
    public void LabelsOfEachType_AreTheSame(string label)
    {
        var model = Fitted("SdcaLogistic");
        var data = Keyed(_test, "no", "yes");

        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, data, Noise, label);

        var truth = _ml.BinaryClassification.Evaluate(model.Transform(data), label).Accuracy;
        Assert.Equal(truth, metrics.CleanAccuracy);
        Assert.Equal(_ml.BinaryClassification.EvaluateRobustness(model, _test, Noise).CleanAccuracy, metrics.CleanAccuracy);
        Assert.Equal(label == "Key" ? ["no", "yes"] : ["False", "True"], metrics.ClassNames);
        Assert.Equal(60, metrics.ToDataView().Preview(100).RowView.Length);
    }

    [Fact]
    public void KeysTheOtherWayRound_MeanWhatEvaluateTakesThemFor()
    {
        var model = Fitted("SdcaLogistic");
        var data = Keyed(_test, "yes", "no");
        Assert.Equal(
            _ml.BinaryClassification.Evaluate(model.Transform(data), "Key").Accuracy,
            _ml.BinaryClassification.EvaluateRobustness(model, data, Noise, "Key").CleanAccuracy);
    }

    [Fact]
    public void ScoresOfAnotherStep_AreComparedWithZero()
    {
        var fitted = _ml.BinaryClassification.ChangeModelThreshold(
            _ml.BinaryClassification.Trainers.SdcaLogisticRegression().Fit(_train), 1);
        var turn = _ml.Transforms.CustomMapping<OneScore, OneScore>((from, to) => to.Score = -from.Score, null)
            .Fit(fitted.Transform(_train));
        var model = new TransformerChain<ITransformer>(fitted, turn);

        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, _test, Noise);

        Assert.Equal(_ml.BinaryClassification.EvaluateNonCalibrated(model.Transform(_test)).Accuracy, metrics.CleanAccuracy);
        Assert.True(metrics.CleanAccuracy < 0.5);
    }

    [Fact]
    public void AttackWithGradients_SaysThatTheModelHasNone() =>
        Assert.Contains("gradient", Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.EvaluateRobustness(
            Fitted("FastTree"), _test, new FastGradientMethod(ThreatModel.LInf(0.01)))).Message, StringComparison.Ordinal);

    [Fact]
    public void ARegressionModel_IsNoClassifier()
    {
        var model = _ml.Regression.Trainers.LbfgsPoissonRegression("Number").Fit(_train);
        const string Expected = "got RegressionPredictionTransformer`1 with scores of Regression. Train one with "
            + "AdversarialTraining, or with a binary or multiclass trainer of ML.NET.";
        Assert.Contains(Expected, Assert.Throws<ArgumentException>(
            () => _ml.BinaryClassification.EvaluateRobustness(model, _test, Noise)).Message, StringComparison.Ordinal);
        Assert.Contains(Expected, Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateRobustness(model, _test, Noise)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThreeClasses_AreRefused()
    {
        var data = TwoDimensionalClasses.Keyed(_ml, 30);
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var linear = _ml.MulticlassClassification.Trainers.SdcaMaximumEntropy().Fit(data);
        foreach (var model in (ITransformer[])[classifier, linear])
            Assert.StartsWith(
                "The model has 3 classes, but ml.BinaryClassification measures models of 2. Use the same method of "
                    + "ml.MulticlassClassification.",
                Assert.Throws<ArgumentException>(() => _ml.BinaryClassification.EvaluateRobustness(model, data, Noise)).Message,
                StringComparison.Ordinal);
    }

    private static UniformNoiseAttack Noise => new(Threat(0.01));

    private static ThreatModel Threat(double epsilon) => ThreatModel.LInf(epsilon);

    private static RobustnessOptions Options() => new()
    {
        ThreatModel = Threat(0.2),
        Suite = threat => new AttackSuite(new UniformNoiseAttack(threat), new SquareAttack(threat) { Queries = 40 }),
        CheckForGradientMasking = false,
        AttackAllRows = true,
        KeepInputs = true,
    };

    /// <summary>The clean rows and the adversarial ones, scored again by <c>Transform</c>.</summary>
    private void DecisionsArePredictions(ITransformer model, RobustnessMetrics metrics)
    {
        var rows = metrics.Report.RowResults;
        Assert.Equal(BinaryPoints.Predictions(model, _test), rows.Select(row => row.CleanPrediction == 1));
        var attacked = BinaryPoints.Predictions(model, metrics.ToDataView());
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row].Attack is not null)
                Assert.Equal(attacked[row], rows[row].Prediction == 1);
        }
        Assert.Contains(rows, row => row.Attack is not null);
    }

    private IDataView Keyed(IDataView data, params string[] order) => _ml.Transforms.Conversion.MapValueToKey(
        "Key", "Kind", keyData: _ml.Data.LoadFromEnumerable(order.Select(kind => new { Kind = kind }))).Fit(data).Transform(data);

    private ITransformer Fitted(string name)
    {
        var trainers = _ml.BinaryClassification.Trainers;
        IEstimator<ITransformer> trainer = name switch
        {
            "SdcaLogistic" => trainers.SdcaLogisticRegression(),
            "SdcaNonCalibrated" => trainers.SdcaNonCalibrated(),
            "Lbfgs" => trainers.LbfgsLogisticRegression(),
            "AveragedPerceptron" => trainers.AveragedPerceptron(),
            "LinearSvm" => trainers.LinearSvm(),
            "SgdCalibrated" => trainers.SgdCalibrated(),
            "LdSvm" => trainers.LdSvm(),
            "FastTree" => trainers.FastTree(numberOfLeaves: 4, numberOfTrees: 10),
            "FastForest" => trainers.FastForest(numberOfLeaves: 4, numberOfTrees: 10),
            "Gam" => trainers.Gam(numberOfIterations: 50),
            "LightGbm" => trainers.LightGbm(numberOfLeaves: 4, numberOfIterations: 10, minimumExampleCountPerLeaf: 2),
            "Platt" => trainers.AveragedPerceptron().Append(_ml.BinaryClassification.Calibrators.Platt()),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        try
        {
            return trainer.Fit(_train);
        }
        catch (DllNotFoundException error) when (name == "LightGbm")
        {
            Assert.Skip($"LightGBM's native library needs one that this machine lacks (libgomp1 on Debian): {error.Message}");
            throw;
        }
    }

    private sealed class OneScore
    {
        public float Score { get; set; }
    }
}
