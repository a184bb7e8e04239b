using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>The columns that the step promises, and those it gives.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public SchemaTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public void Dispose() => _classifier.Dispose();

    [Theory]
    [InlineData("Adversarial")]
    [InlineData("Features")]
    public void PredictedSchema_EqualsTheRealOne(string output)
    {
        var data = Named();
        foreach (var label in new[] { "Label", "Number" })
        {
            using var classifier = TwoDimensionalClasses.Trainer(_ml,
                options => (options.LabelColumnName, options.Epochs) = (label, 1)).Fit(data);
            var estimator = Augmented.Estimator(_ml, classifier,
                options => (options.OutputColumnName, options.LabelColumnName) = (output, label));
            EstimatorContract.AssertPredictsItsSchema(estimator, data);
        }
    }

    [Fact]
    public void Columns_AreTypedAsTheirSources()
    {
        var data = Named();
        var schema = Augmented.Estimator(_ml, _classifier).Fit(data).Transform(data).Schema;
        Assert.Equal(["Adversarial", "Success", "Distance", "Attacked"],
            schema.Skip(data.Schema.Count).Select(column => column.Name));
        Assert.Equal(data.Schema["Features"].Type, schema["Adversarial"].Type);
        Assert.Equal("Boolean", schema["Success"].Type.ToString());
        Assert.Equal("Single", schema["Distance"].Type.ToString());
        Assert.Equal("Key<UInt32, 0-2>", schema["Attacked"].Type.ToString());
        VBuffer<ReadOnlyMemory<char>> names = default, values = default;
        schema["Adversarial"].GetSlotNames(ref names);
        Assert.Equal(["a", "b", "c", "d"], names.DenseValues().Select(name => $"{name}"));
        schema["Attacked"].GetKeyValues(ref values);
        Assert.Equal(["red", "green", "blue"], values.DenseValues().Select(value => $"{value}"));
    }

    [Fact]
    public void OptionalColumns_AreLeftOutByDefault()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var schema = _ml.Transforms.PgdAugment(_classifier).Fit(data).Transform(data).Schema;
        Assert.Equal(["Kind", "Number", "Features", "Label", "Adversarial"], schema.Select(column => column.Name));
    }

    private NamedSlots Named() => new(TwoDimensionalClasses.Keyed(_ml), "Features", ["a", "b", "c", "d"]);
}
