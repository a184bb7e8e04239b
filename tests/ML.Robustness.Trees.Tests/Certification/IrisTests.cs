using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using ML.Robustness.Trees.Certification;
using ML.Robustness.Trees.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Certification;

/// <summary>Radii of three classes on iris, beside those that another implementation measured. A unit is the range.</summary>
public class IrisTests
{
    private static readonly string[] Columns =
    [
        nameof(IrisRow.SepalLength), nameof(IrisRow.SepalWidth), nameof(IrisRow.PetalLength), nameof(IrisRow.PetalWidth),
    ];

    [Fact]
    public void ExactRadii_AreTheMeasuredOnes_AndEachBoundIsOnItsSide()
    {
        var ml = new MLContext(seed: 1);
        var rows = Iris.Rows();
        var test = Iris.Test(rows);
        var model = TreeModels.Fit(
            ml.Transforms.Concatenate("Features", Columns)
                .Append(ml.Transforms.Conversion.MapValueToKey("Label"))
                .Append(ml.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options
                {
                    NumberOfIterations = 10,
                    MinimumExampleCountPerLeaf = 5,
                    Seed = 1,
                    NumberOfThreads = 1,
                    Deterministic = true,
                })),
            ml.Data.LoadFromEnumerable(Iris.Train(rows)));

        var metrics = ml.MulticlassClassification.CertifyTrees(model, ml.Data.LoadFromEnumerable(test), new()
        {
            Units = Columns.Zip([3.6, 2.4, 5.9, 2.4]).ToDictionary(),
            ComputeExact = true,
            CancellationToken = TestContext.Current.CancellationToken,
        });

        var right = metrics.Report.Rows.Where(row => row.IsCorrect).ToArray();
        Assert.Equal(29, right.Length);
        Assert.Equal(0.1757, right.Average(row => row.ExactRadius!.Value), 5e-5);
        Assert.Equal(0.0208, right.Min(row => row.ExactRadius!.Value), 5e-5);
        Assert.Equal(0.3542, right.Max(row => row.ExactRadius!.Value), 5e-5);
        Assert.All(right, row =>
            Assert.True(row.CertifiedRadius <= row.ExactRadius && row.ExactRadius <= row.AttackedDistance));
        var moved = right.Select(row => new IrisRow
        {
            Label = test[row.Row].Label,
            SepalLength = row.AdversarialRow![0],
            SepalWidth = row.AdversarialRow[1],
            PetalLength = row.AdversarialRow[2],
            PetalWidth = row.AdversarialRow[3],
        });
        var predictions = model.Transform(ml.Data.LoadFromEnumerable(moved)).GetColumn<uint>("PredictedLabel");
        Assert.All(right.Zip(predictions), pair => Assert.NotEqual(pair.First.Label, (int)pair.Second - 1));
    }
}
