using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.SmoothGradExplain;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The code of docs/pipelines.md, run on made customers.</summary>
public sealed class PipelineSnippets
{
    [Fact]
    public void RawColumns_AreAttackedInTheirOwnUnits()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = Customers(ml);
        #region raw-columns
        var model = ml.Transforms.Categorical.OneHotEncoding("City")
            .Append(ml.Transforms.Concatenate("Features", "Age", "Income", "Debt", "City"))
            .Append(ml.Transforms.NormalizeMeanVariance("Features"))
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression())
            .Fit(train);

        var metrics = ml.BinaryClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            FeatureColumnNames = ["Age", "Income", "Debt"], // City keeps its value
            ThreatModel = ThreatModel.LInf(0.5),
            // A change of the size 1: ten years, 5000 of income, 1000 of debt. 0 would fix a column.
            Units = new Dictionary<string, double> { ["Age"] = 10, ["Income"] = 5000, ["Debt"] = 1000 },
            Ranges = new Dictionary<string, ValueRange> { ["Age"] = new(18, 100), ["Debt"] = new(0, 1e6) },
        });
        Console.WriteLine(metrics); // exact: the model is linear
        #endregion
        Assert.Null(metrics.NoGradients);
        Assert.Equal(metrics.RobustAccuracy, metrics.Report.ExactRobustAccuracy);
        Assert.InRange(metrics.RobustAccuracy, 0.2, metrics.CleanAccuracy - 0.05);
    }

    [Fact]
    public void RawColumns_AreExplained()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = Customers(ml);
        #region explain-pipeline
        var model = ml.Transforms.Concatenate("Numbers", "Age", "Income", "Debt")
            .Append(ml.Transforms.NormalizeMeanVariance("Numbers"))
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(featureColumnName: "Numbers"))
            .Fit(train);

        using var classifier = ml.BinaryClassification.FromPipeline(model, train, ["Age", "Income", "Debt"]);
        var explained = ml.Transforms.Concatenate("Features", "Age", "Income", "Debt")
            .Append(ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
            {
                Classifier = classifier,
                Method = new InputTimesGradient(), // or Occlusion, for trees and other models without gradients
                Samples = 1,
                Noise = 0,
            }))
            .Fit(train).Transform(test); // Explanation: a number for each raw column, with its name
        #endregion
        Assert.All(explained.GetColumn<float[]>("Explanation"), values => Assert.Equal(3, values.Length));
    }

    private static (IDataView Train, IDataView Test) Customers(MLContext ml)
    {
        var random = new Random(3);
        string[] cities = ["Bern", "Lyon", "Oslo"];
        Customer[] customers =
        [
            .. Enumerable.Range(0, 600).Select(_ =>
            {
                var customer = new Customer
                {
                    Age = random.Next(18, 90),
                    Income = random.Next(10, 90) * 1000,
                    Debt = random.Next(0, 40) * 500,
                    City = cities[random.Next(3)],
                };
                customer.Label = customer.Income - (2 * customer.Debt) + random.Next(-9000, 9000) > 20000;
                return customer;
            }),
        ];
        return (ml.Data.LoadFromEnumerable(customers[..500]), ml.Data.LoadFromEnumerable(customers[500..]));
    }

    private sealed class Customer
    {
        public bool Label { get; set; }

        public float Age { get; set; }

        public float Income { get; set; }

        public float Debt { get; set; }

        public string City { get; set; } = "";
    }
}
