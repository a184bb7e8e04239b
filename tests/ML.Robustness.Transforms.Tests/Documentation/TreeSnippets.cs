using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Trees.Augmentation;
using ML.Robustness.Trees.Certification;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The code of docs/trees.md, run on made customers.</summary>
public sealed class TreeSnippets
{
    [Fact]
    public void ATreeEnsemble_IsCertifiedAndAttacked()
    {
        var ml = new MLContext(seed: 1);
        var customers = Customers(600);
        var (train, test) = (ml.Data.LoadFromEnumerable(customers[..500]), ml.Data.LoadFromEnumerable(customers[500..]));

        #region trees
        var model = ml.Transforms.Concatenate("Features", "Age", "Income", "Debt")
            .Append(ml.Transforms.NormalizeMinMax("Features"))
            .Append(ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 20))
            .Fit(train);

        var metrics = ml.BinaryClassification.CertifyTrees(model, test, new TreeCertificationOptions
        {
            // A change of the size 1: ten years, 5000 of income, 1000 of debt. 0 would fix a column.
            Units = new Dictionary<string, double> { ["Age"] = 10, ["Income"] = 5000, ["Debt"] = 1000 },
            Ranges = new Dictionary<string, ValueRange> { ["Age"] = new(18, 100) },
            Epsilons = [0.1, 0.2, 0.5],
            ComputeExact = true,
        });
        Console.WriteLine(metrics); // certified, exact and attacked accuracy at each radius
        foreach (var change in metrics.Changes(metrics.Report.Rows[0]))
            Console.WriteLine($"{change.Name}: {change.Before} -> {change.After}");
        #endregion

        Assert.True(metrics.Report.IsExact);
        Assert.All(metrics.Curve, point => Assert.True(
            point.CertifiedAccuracy <= point.ExactAccuracy && point.ExactAccuracy <= point.AttackedAccuracy));
    }

    [Fact]
    public void TreeAugment()
    {
        var ml = new MLContext(seed: 1);
        var train = ml.Data.LoadFromEnumerable(Customers(200));

        #region tree-augment
        var pipeline = ml.Transforms.Concatenate("Features", "Age", "Income", "Debt")
            .Append(ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 20));
        var model = pipeline.Fit(train);
        for (var round = 0; round < 2; round++)
        {
            var augment = ml.Transforms.TreeAugmentRows(new TreeAugmentRowsEstimator.Options
            {
                Model = model,
                Epsilon = 0.2,
                Units = new Dictionary<string, double> { ["Age"] = 10, ["Income"] = 5000, ["Debt"] = 1000 },
            });
            model = pipeline.Fit(augment.Fit(train).Transform(train));
        }
        #endregion

        Assert.Equal(200, model.Transform(train).GetColumn<bool>("PredictedLabel").Count());
    }

    private static Customer[] Customers(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var customer = new Customer
            {
                Age = random.Next(18, 90), Income = random.Next(10, 90) * 1000, Debt = random.Next(0, 40) * 500,
            };
            customer.Label = customer.Income - 2 * customer.Debt + random.Next(-9000, 9000) > 20000;
            return customer;
        })];
    }

    private sealed class Customer
    {
        public bool Label { get; set; }

        public float Age { get; set; }

        public float Income { get; set; }

        public float Debt { get; set; }
    }
}
