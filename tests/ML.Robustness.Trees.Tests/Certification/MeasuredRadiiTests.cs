using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Certification;
using ML.Robustness.Trees.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Certification;

/// <summary>Radii on breast-cancer, beside those that another implementation measured. A unit is a ninth of the range.</summary>
public class MeasuredRadiiTests
{
    private const double Unit = 9;

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("FastTree 20", 131, 0.2320, 0.939, 0.328, 0.229)]
    [InlineData("FastTree 100", 133, 0.2059, 0.895, 0.286, 0.135)]
    [InlineData("LightGbm 20", 131, 0.2472, 0.954, 0.366, 0.244)]
    [InlineData("FastForest 20", 131, 0.2701, 0.916, 0.321, 0.290)]
    public void ExactRadii_AreTheMeasuredOnes_AndEachBoundIsOnItsSide(
        string name, int correct, double mean, double above1, double above2, double above3)
    {
        var (model, test) = Fit(name);

        var metrics = Certify(model, test, new() { ComputeExact = true });

        var rows = metrics.Report.Rows.Where(row => row.IsCorrect).ToArray();
        Assert.Equal(correct, rows.Length);
        Assert.Equal(mean, metrics.Report.MeanExactRadius!.Value, 5e-5);
        foreach (var (epsilon, share) in new[] { (0.1, above1), (0.2, above2), (0.3, above3) })
            Assert.Equal(share, rows.Count(row => row.ExactRadius >= epsilon) / (double)rows.Length, 5e-4);
        Assert.All(rows, row => Assert.True(
            row.CertifiedRadius <= row.ExactRadius && row.ExactRadius <= row.AttackedDistance
            && row.AttackedDistance <= row.ExactRadius + 1e-6));
        CheckWitnesses(model, test, metrics);
    }

    [Theory]
    [InlineData("FastTree 20", 0.2036, 0.2112, 0.2180, 0.2206)]
    [InlineData("FastTree 100", 0.1505, 0.1563, 0.1680, null)]
    [InlineData("LightGbm 20", 0.2358, 0.2367, 0.2375, 0.2392)]
    [InlineData("FastForest 20", 0.2671, 0.2671, 0.2688, null)]
    public void CertifiedBounds_AreTheMeasuredOnes(string name, double one, double level1, double level2, double? level3)
    {
        var (model, test) = Fit(name);

        Assert.Equal(one, Bound(1, 1), 5e-5);
        Assert.Equal(level1, Bound(2, 1), 5e-5);
        Assert.Equal(level2, Bound(2, 2), 5e-5);
        if (level3 is { } third)
            Assert.Equal(third, Bound(2, 3), 5e-5);

        double Bound(int clique, int levels) => Certify(
            model, test, new() { MaxClique = clique, Levels = levels, AttackStarts = 3, AttackRestarts = 0 })
            .Report.Rows.Where(row => row.IsCorrect).Average(row => Bisected(row.CertifiedRadius));
    }

    [Theory]
    [InlineData("FastTree 20", TreeNorm.L1, 0.5731)]
    [InlineData("FastTree 20", TreeNorm.L2, 0.3492)]
    [InlineData("LightGbm 20", TreeNorm.L1, 0.6500)]
    [InlineData("LightGbm 20", TreeNorm.L2, 0.3960)]
    [InlineData("FastForest 20", TreeNorm.L1, 0.5843)]
    [InlineData("FastForest 20", TreeNorm.L2, 0.4118)]
    public void ExactRadii_OfOtherNorms_AreTheMeasuredOnes(string name, TreeNorm norm, double mean)
    {
        var (model, test) = Fit(name);

        var metrics = Certify(model, test, new() { Norm = norm, ComputeExact = true });

        Assert.Equal(mean, metrics.Report.Rows.Where(row => row.IsCorrect).Take(60).Average(row => row.ExactRadius!.Value), 5e-5);
        Assert.All(metrics.Report.Rows, row =>
            Assert.True(row.CertifiedRadius <= row.ExactRadius && row.ExactRadius <= row.AttackedDistance));
        CheckWitnesses(model, test, metrics);
    }

    [Theory]
    [InlineData("FastTree 20", 0, 0.166667, 0.277778, 0.184257)]
    [InlineData("FastTree 20", 5, 0.500000, 1.333333, 0.763763)]
    [InlineData("FastTree 20", 15, 0.055556, 0.111111, 0.078567)]
    [InlineData("FastTree 100", 5, 0.388889, 1.055556, 0.582672)]
    [InlineData("LightGbm 20", 5, 0.611111, 1.500000, 0.937886)]
    [InlineData("LightGbm 20", 20, 0.166667, 0.333333, 0.192450)]
    public void ExactRadii_OfSingleRows_AreTheMeasuredOnes(string name, int index, double lInf, double l1, double l2)
    {
        var (model, _) = Fit(name);
        var row = BreastCancer.Rows()[index];

        foreach (var (norm, radius) in new[] { (TreeNorm.LInf, lInf), (TreeNorm.L1, l1), (TreeNorm.L2, l2) })
            Assert.Equal(radius,
                Assert.Single(Certify(model, [row], new() { Norm = norm, ComputeExact = true }).Report.Rows).ExactRadius!.Value,
                1e-6);
    }

    // The measured bounds were found in ten steps of doubling, halving and bisection from .3, as the method was published.
    private static double Bisected(double radius)
    {
        var (low, high, epsilon) = (0.0, double.PositiveInfinity, 0.3);
        for (var step = 0; step < 10; step++)
        {
            if (radius > epsilon)
                low = epsilon;
            else
                high = epsilon;
            epsilon = double.IsInfinity(high) ? 2 * epsilon : (low + high) / 2;
        }
        return low;
    }

    private void CheckWitnesses(ITransformer model, TabularRow[] test, TreeRobustnessMetrics metrics)
    {
        var rows = metrics.Report.Rows.Where(row => row.AdversarialRow is not null).ToArray();
        var moved = rows.Select(row => new TabularRow { Label = test[row.Row].Label, Features = [.. row.AdversarialRow!] });
        var predictions = model.Transform(_ml.Data.LoadFromEnumerable(moved)).GetColumn<bool>("PredictedLabel").ToArray();
        Assert.All(rows.Zip(predictions), pair => Assert.NotEqual(pair.First.Label == 1, pair.Second));
    }

    private (ITransformer Model, TabularRow[] Test) Fit(string name)
    {
        var rows = BreastCancer.Rows();
        var train = _ml.Data.LoadFromEnumerable(BreastCancer.Train(rows));
        return (TreeModels.Fit(TreeModels.Trainer(_ml, name), train), BreastCancer.Test(rows));
    }

    private TreeRobustnessMetrics Certify(ITransformer model, TabularRow[] rows, TreeCertificationOptions options)
    {
        options.Units = new Dictionary<string, double> { ["Features"] = Unit };
        options.CancellationToken = TestContext.Current.CancellationToken;
        return _ml.BinaryClassification.CertifyTrees(model, _ml.Data.LoadFromEnumerable(rows), options);
    }
}
