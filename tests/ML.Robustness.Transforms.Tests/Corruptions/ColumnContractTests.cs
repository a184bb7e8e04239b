using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Corruptions;

/// <summary>The contract of a step, tried on the column of corrupted images.</summary>
public sealed class ColumnContractTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public ColumnContractTests() => _data = _ml.Data.Cache(Corrupted.View(_ml));

    [Theory]
    [InlineData("Corrupted", "Image")]
    [InlineData("Image", "Image")]
    [InlineData("Corrupted", "Bytes")]
    public void PredictedSchema_EqualsTheRealOne(string output, string input)
    {
        var data = new NamedSlots(_data, input, [.. Enumerable.Range(0, 48).Select(i => $"p{i}")]);
        var estimator = Corrupted.Estimator(_ml,
            options => (options.OutputColumnName, options.InputColumnName) = (output, input));
        var real = EstimatorContract.AssertPredictsItsSchema(estimator, data);
        Assert.Equal(data.Schema[input].Type, real[output].Type);
        VBuffer<ReadOnlyMemory<char>> names = default;
        real[output].GetSlotNames(ref names);
        Assert.Equal("p47", $"{names.DenseValues().Last()}");
    }

    [Fact]
    public void Values_AreTheEngines()
    {
        using var scope = NewDisposeScope();
        var images = tensor(Corrupted.Make().SelectMany(sample => sample.Image).ToArray(),
            [30, 1, Corrupted.Height, Corrupted.Width]);
        foreach (var corruption in Corruption.All)
        {
            var expected = corruption.Apply(images, 4, new RowRandom(9), ValueRange.Unit);
            var numbers = Corrupted.Estimator(_ml,
                options => (options.Corruption, options.Severity, options.Seed) = (corruption, 4, 9)).Fit(_data).Transform(_data);
            Assert.Equal(expected.data<float>().ToArray(), Corrupted.Vectors<float>(numbers, "Corrupted").SelectMany(row => row));
            var bytes = Corrupted.Estimator(_ml,
                options => (options.Corruption, options.Severity, options.Seed, options.InputColumnName) = (corruption, 4, 9,
                    "Bytes")).Fit(_data).Transform(_data);
            Assert.Equal(expected.mul(255).round().to(ScalarType.Byte).data<byte>().ToArray(),
                Corrupted.Vectors<byte>(bytes, "Corrupted").SelectMany(row => row));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void BatchSize_DoesNotChangeValues(int batchSize)
    {
        foreach (var corruption in Corruption.All)
        {
            var expected = Rows(options => options.Corruption = corruption);
            Assert.Equal(expected, Rows(options => (options.BatchSize, options.Corruption) = (batchSize, corruption)));
        }
    }

    [Fact]
    public void Seed_DecidesTheNoise()
    {
        Assert.Equal(Rows(), Rows());
        Assert.Equal(Rows(options => options.Seed = 1), Rows());
        Assert.NotEqual(Rows(options => options.Seed = 2), Rows());
    }

    [Fact]
    public void PredictionEngine_GivesWhatTransformGives()
    {
        var step = _ml.Transforms.Corrupt("Corrupted", new Fog(), 5, "Flat", new InputShape(1, Corrupted.Height, Corrupted.Width))
            .Fit(_data);
        using var engine = _ml.Model.CreatePredictionEngine<Corrupted.Sample, Corrupted.Changed>(step);
        var samples = Corrupted.Make();
        var first = Corrupted.Vectors<float>(step.Transform(_data), "Corrupted")[0];
        // An engine's rows have no number of their own: each is row zero.
        Assert.Equal(first, engine.Predict(samples[0]).Corrupted);
    }

    [Fact]
    public void RequiredArgumentsAlone_TakeTheInputsPlace()
    {
        var data = _ml.Transforms.CopyColumns("Features", "Image").Fit(_data).Transform(_data);
        var expected = Values(_ml.Transforms.Corrupt("Features", new GaussianNoise(), 3, "Image"));
        Assert.Equal(expected, Values(_ml.Transforms.Corrupt("Features", new GaussianNoise())));
        Assert.Equal(expected, Values(_ml.Transforms.Corrupt(new CorruptEstimator.Options { Corruption = new GaussianNoise() })));

        List<float[]> Values(CorruptEstimator step) => Corrupted.Vectors<float>(step.Fit(data).Transform(data), "Features");
    }

    [Fact]
    public void Options_AreCopied()
    {
        var options = new CorruptEstimator.Options { InputColumnName = "Image", Corruption = new Fog() };
        var estimator = _ml.Transforms.Corrupt(options);
        options.Severity = 5;
        Assert.Equal(3, estimator.Fit(_data).Severity);
        Assert.IsType<Fog>(estimator.Fit(_data).Corruption);
    }

    [Fact]
    public void SavedInAChain_ComesBackInAFreshProcess()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml);
        var data = TwoDimensionalClasses.View(_ml);
        var chain = Corrupted.Estimator(_ml, options =>
            (options.OutputColumnName, options.InputColumnName, options.InputShape, options.Corruption, options.Severity,
                options.Seed, options.BatchSize) =
            ("Features", null, new InputShape(1, 2, 2), new GaussianNoise(), 5, 11, 7)).Fit(data).Append(classifier);
        EstimatorContract.AssertComesBackInAFreshProcess(_ml, chain, classifier);
    }

    [Fact]
    public void SavedAlone_KeepsItsSettings()
    {
        foreach (var corruption in Corruption.All)
        {
            var step = Corrupted.Estimator(_ml,
                options => (options.Corruption, options.Severity, options.Range, options.BatchSize) = (corruption, 2,
                    new ValueRange(-1, 2), 5)).Fit(_data);
            var loaded = EstimatorContract.AssertComesBack(_ml, step, _data, ["Corrupted"]);
            Assert.Equal((corruption.Name, 2, 5), (loaded.Corruption.Name, loaded.Severity, loaded.BatchSize));
        }
    }

    private List<float[]> Rows(Action<CorruptEstimator.Options>? change = null) =>
        Corrupted.Vectors<float>(Corrupted.Estimator(_ml, change).Fit(_data).Transform(_data), "Corrupted");
}
