using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>The column that the step promises, and the one it gives.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _points, _images;

    public SchemaTests() =>
        (_points, _images) = (TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1), Explained.FittedOnImages(_ml));

    public void Dispose()
    {
        _points.Dispose();
        _images.Dispose();
    }

    [Theory]
    [InlineData("Explanation", AttributionTargetKind.PredictedClass)]
    [InlineData("Features", AttributionTargetKind.Label)]
    public void PredictedSchema_EqualsTheRealOne(string output, AttributionTargetKind target)
    {
        var data = Named();
        var estimator = Explained.Estimator(_ml, _points,
            options => (options.OutputColumnName, options.Target) = (output, target));
        EstimatorContract.AssertPredictsItsSchema(estimator, data);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PredictedSchema_OfImages_EqualsTheRealOne(bool sumChannels)
    {
        var estimator = Explained.Estimator(_ml, _images,
            options => (options.InputColumnName, options.SumChannels) = ("Image", sumChannels));
        var type = EstimatorContract.AssertPredictsItsSchema(estimator, Explained.Images(_ml))["Explanation"].Type;
        Assert.Equal(sumChannels ? "Vector<Single, 4, 5>" : "Vector<Single, 2, 4, 5>", $"{type}");
    }

    [Fact]
    public void SlotNames_StayWithTheAttribution()
    {
        var schema = Explained.Estimator(_ml, _points).Fit(Named()).Transform(Named()).Schema;
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Explanation"].GetSlotNames(ref names);
        Assert.Equal(["a", "b", "c", "d"], names.DenseValues().Select(name => $"{name}"));
        Assert.Equal("Vector<Single, 4>", $"{schema["Explanation"].Type}");
    }

    private NamedSlots Named() => new(TwoDimensionalClasses.Keyed(_ml), "Features", ["a", "b", "c", "d"]);
}
