using Microsoft.ML;
using ML.Robustness.Trees.Augmentation;
using ML.Robustness.Trees.Certification;
using ML.Robustness.Trees.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Augmentation;

/// <summary>What refits on adversarial rows gain on breast-cancer: the numbers of docs/trees.md.</summary>
public class HardeningTests
{
    private static readonly Dictionary<string, double> Units = new() { ["Features"] = 9 };

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Refits_OnAdversarialRows_GainWhatTheDocumentationSays()
    {
        var rows = BreastCancer.Rows();
        var (train, test) = (_ml.Data.LoadFromEnumerable(BreastCancer.Train(rows)), BreastCancer.Test(rows));
        var trainer = TreeModels.Trainer(_ml, "FastTree 20");

        var model = trainer.Fit(train);
        var before = Measure(model, test);
        model = trainer.Fit(Augmented(model, train));
        var first = Measure(model, test);
        var second = Measure(trainer.Fit(Augmented(model, train)), test);

        Assert.Equal([0.9562, 0.8759, 0.8978, 0.2847, 0.3139, 0.2320], before);
        Assert.Equal([0.9708, 0.8832, 0.8978, 0.3139, 0.3358, 0.2477], first);
        Assert.Equal([0.9562, 0.8905, 0.8905, 0.7007, 0.7226, 0], second);
    }

    private IDataView Augmented(ITransformer model, IDataView train) => _ml.Transforms.TreeAugmentRows(
        new TreeAugmentRowsEstimator.Options { Model = model, Epsilon = 0.2, Units = Units }).Fit(train).Transform(train);

    // The clean accuracy, then certified and exact accuracy at the radii 0.1 and 0.2, and the mean exact radius.
    private double[] Measure(ITransformer model, TabularRow[] test)
    {
        var metrics = _ml.BinaryClassification.CertifyTrees(model, _ml.Data.LoadFromEnumerable(test), new TreeCertificationOptions
        {
            Units = Units,
            Epsilons = [0.1, 0.2],
            ComputeExact = true,
            CancellationToken = TestContext.Current.CancellationToken,
        });
        double[] found =
        [
            metrics.CleanAccuracy,
            .. metrics.Curve.SelectMany(point => new[] { point.CertifiedAccuracy, point.ExactAccuracy!.Value }),
            metrics.Report.MeanExactRadius!.Value,
        ];
        return Array.ConvertAll(found, value => Math.Round(value, 4));
    }
}
