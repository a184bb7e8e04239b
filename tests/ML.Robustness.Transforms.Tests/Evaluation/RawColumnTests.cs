using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.DifferentiableChains;

namespace ML.Robustness.Transforms.Tests.Evaluation;

/// <summary>EvaluateRobustness over raw columns of ML.NET's own chains.</summary>
public sealed class RawColumnTests
{
    private readonly MLContext _ml = ChainRows.Context;

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void LinearModelBehindANormaliser_HasTheClosedForm(string norm)
    {
        var data = ChainRows.Data(_ml);
        var normalizer = _ml.Transforms.NormalizeMinMax("Age", fixZero: false).Fit(data);
        var scale = ((NormalizingTransformer.AffineNormalizerModelParameters<float>)normalizer.GetNormalizerModelParameters(0))
            .Scale;
        var features = _ml.Transforms.Concatenate("Features", "Age", "Income", "Debts").Fit(normalizer.Transform(data));
        var predictor = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression()
            .Fit(features.Transform(normalizer.Transform(data)));
        var model = new TransformerChain<ITransformer>(normalizer, features, predictor);
        var scored = model.Transform(data);
        var weights = predictor.Model.SubModel.Weights;
        // A change of ten years or of 300 of income has the size 1; debts are fixed.
        double[] gains = [Math.Abs(weights[0] * scale * 10), Math.Abs(weights[1] * 300)];
        var steepest = norm switch
        {
            "LInf" => gains.Sum(),
            "L2" => Math.Sqrt(gains.Sum(gain => gain * gain)),
            _ => gains.Max(),
        };
        float[] scores = [.. scored.GetColumn<float>("Score")];
        var labels = ChainRows.All.Select(row => row.Label).ToArray();
        var radii = scores.Zip(labels).Where(row => row.First > 0 == row.Second)
            .Select(row => Math.Abs(row.First) / steepest).Order().ToArray();
        var epsilon = (radii[20] + radii[21]) / 2;

        var threat = norm switch
        {
            "LInf" => ThreatModel.LInf(epsilon),
            "L2" => ThreatModel.L2(epsilon),
            _ => ThreatModel.L1(epsilon),
        };
        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, data, Options(threat));
        Assert.Equal((radii.Length - 21) / (double)labels.Length, metrics.RobustAccuracy, 1e-9);
        Assert.Equal(metrics.RobustAccuracy, metrics.Report.ExactRobustAccuracy!.Value, 1e-9);
        Assert.Equal(radii.Length / (double)labels.Length, metrics.CleanAccuracy, 1e-9);
        Assert.Null(metrics.NoGradients);
        Assert.StartsWith("Linear ", metrics.Attack, StringComparison.Ordinal);

        RobustnessOptions Options(ThreatModel threatModel) => new()
        {
            ThreatModel = threatModel,
            FeatureColumnNames = ["Age", "Income", "Debts"],
            Units = new Dictionary<string, double> { ["Age"] = 10, ["Income"] = 300, ["Debts"] = 0 },
        };
    }

    [Fact]
    public void Ranges_AreKept_AndRowsScoredByTheModelItself()
    {
        var data = ChainRows.Data(_ml);
        var model = Mixed().Fit(data);
        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, data, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(1),
            FeatureColumnNames = ["Age", "Income"],
            Units = new Dictionary<string, double> { ["Age"] = 30, ["Income"] = 1000 },
            Ranges = new Dictionary<string, ValueRange> { ["Age"] = new(18, 78), ["Income"] = new(0, 3000) },
            KeepInputs = true,
        });
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy - 0.1);
        var rows = metrics.ToDataView();
        var features = rows.GetColumn<float[]>("Age, Income").ToArray();
        var attacked = rows.GetColumn<uint>("AttackedPrediction").ToArray();
        var robust = rows.GetColumn<bool>("IsRobust").ToArray();
        var changed = ChainRows.All.Select((row, place) => new ChainRows.Row
        {
            Age = features[place][0],
            Income = features[place][1],
            Debts = row.Debts,
            City = row.City,
            IsMember = row.IsMember,
            Label = row.Label,
        }).ToArray();
        bool[] predicted = [.. model.Transform(_ml.Data.LoadFromEnumerable(changed)).GetColumn<bool>("PredictedLabel")];
        for (var place = 0; place < changed.Length; place++)
        {
            Assert.InRange(features[place][0], 18, 78);
            Assert.InRange(Math.Abs(features[place][0] - ChainRows.All[place].Age), 0, 30.001);
            Assert.InRange(Math.Abs(features[place][1] - ChainRows.All[place].Income), 0, 1000.1);
            // Keys count from one.
            Assert.Equal(predicted[place], attacked[place] == 2);
            Assert.Equal(robust[place], predicted[place] == changed[place].Label);
        }
    }

    [Fact]
    public void Trees_AreAttackedByScores_AndTheResultSaysSo()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Concatenate("Features", "Age", "Income", "Debts")
            .Append(_ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 3, minimumExampleCountPerLeaf: 5)).Fit(data);
        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, data, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(1),
            Suite = threat => new AttackSuite(new SquareAttack(threat) { Queries = 50 }),
            FeatureColumnNames = ["Age", "Income"],
            Units = new Dictionary<string, double> { ["Age"] = 10, ["Income"] = 500 },
            CheckForGradientMasking = false,
        });
        Assert.StartsWith("its scores are made by FastTreeBinaryModelParameters", metrics.NoGradients, StringComparison.Ordinal);
        Assert.Contains("attacked by its scores alone: its scores", metrics.ToString(), StringComparison.Ordinal);
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy - 0.05);
        Assert.Null(metrics.Report.ExactRobustAccuracy);
    }

    [Fact]
    public void AttackThatNeedsGradients_OfTrees_Throws()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Concatenate("Features", "Age", "Income")
            .Append(_ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 3)).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.EvaluateRobustness(model, data,
            new RobustnessOptions
            {
                ThreatModel = ThreatModel.LInf(1),
                Suite = threat => new AttackSuite(new ProjectedGradientDescent(threat)),
                FeatureColumnNames = ["Age", "Income"],
            }));
        Assert.Contains(
            "needs gradients, and the model has none to the columns attacked: its scores are made by FastTreeBinaryModel",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongColumns_AreOneClearError()
    {
        var data = ChainRows.Data(_ml);
        var model = Mixed().Fit(data);
        Says<ArgumentException>("Units names 'Agee', which is no feature of the model: these are 'Age', 'Income', of the columns",
            new() { FeatureColumnNames = ["Age", "Income"], Units = new Dictionary<string, double> { ["Agee"] = 1 } });
        Says<ArgumentOutOfRangeException>("Could not find feature column 'Wealth'. The columns are 'Age', 'Income',",
            new() { FeatureColumnNames = ["Wealth"] });
        Says<ArgumentOutOfRangeException>(
            "Schema mismatch for feature column 'City': expected Single, or Vector<Single> of known size, got String. A category",
            new() { FeatureColumnNames = ["Age", "City"] });
        Says<ArgumentException>("The model's scores do not depend on column 'Class', so that it cannot be attacked: they depend",
            new() { FeatureColumnNames = ["Age", "Class"] });
        Says<ArgumentException>("Column 'Age' is named twice", new() { FeatureColumnNames = ["Age", "Age"] });
        Says<ArgumentException>("Options.Units and Options.Ranges are by the names of raw columns",
            new() { Units = new Dictionary<string, double> { ["Age"] = 1 } });
        Says<ArgumentException>("The threat model has budgets for 3 features, but a row of the columns named has 2.",
            new() { FeatureColumnNames = ["Age", "Income"], ThreatModel = ThreatModel.LInf(1).WithBudgets(1, 2, 3) });

        void Says<T>(string message, RobustnessOptions options)
            where T : ArgumentException => Assert.StartsWith(
                message, Assert.ThrowsAny<T>(() => _ml.BinaryClassification.EvaluateRobustness(model, data, options)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void ChainThatDropsItsFeatures_IsOneClearError()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Concatenate("Features", "Age")
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(data);
        var without = _ml.Transforms.DropColumns("Age").Fit(data).Transform(data);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.EvaluateRobustness(
            model, without, new RobustnessOptions { FeatureColumnNames = ["Age"] }));
    }

    private IEstimator<ITransformer> Mixed() => _ml.Transforms.Categorical.OneHotEncoding("CityCode", "City")
        .Append(_ml.Transforms.Conversion.ConvertType("Member", "IsMember", DataKind.Single))
        .Append(_ml.Transforms.Concatenate("Features", "Income", "CityCode", "Member", "Debts", "Age"))
        .Append(_ml.Transforms.NormalizeMeanVariance("Features", useCdf: true))
        .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression());
}
