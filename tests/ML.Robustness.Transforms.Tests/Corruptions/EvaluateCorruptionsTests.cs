using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Corruptions;
using ML.Robustness.Evaluation;
using ML.Robustness.Models;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Corruptions;

public sealed class EvaluateCorruptionsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Table_HasTheAccuraciesOfTheStep_ForAnyModel()
    {
        var (train, test) = (Corrupted.View(_ml, 90), _ml.Data.Cache(Corrupted.View(_ml, 60, seed: 2)));
        using var network = Trainer().Fit(train);
        // Through a step before the classifier the images reach it changed: it is asked for its scores alone.
        using var chain = _ml.Transforms.CopyColumns("Other", "Image").Append(Trainer("Other")).Fit(train);
        var models = new Dictionary<string, ITransformer> { ["network"] = network, ["chain"] = chain };

        var report = _ml.MulticlassClassification.EvaluateCorruptions(models, test, new CorruptionOptions
        {
            Corruptions = [new GaussianNoise(), new Contrast(), new Jpeg()],
            Severities = [2, 5],
            LabelColumnName = "Number",
            FeatureColumnName = "Image",
            Seed = 4,
        });

        Assert.Equal(["network", "chain"], report.Networks);
        Assert.Equal(60, report.Rows);
        for (var corruption = 0; corruption < 3; corruption++)
        {
            for (var severity = 0; severity < 2; severity++)
            {
                var corrupted = Corrupted.Estimator(_ml,
                    options => (options.OutputColumnName, options.InputColumnName, options.Corruption, options.Severity,
                        options.Seed) =
                    ("Image", "Image", report.Corruptions[corruption], report.Severities[severity], 4)).Fit(test).Transform(test);
                Assert.Equal(_ml.MulticlassClassification.Evaluate(network.Transform(corrupted), "Number").MicroAccuracy,
                    report[corruption, severity, 0], 1e-9);
                Assert.Equal(_ml.MulticlassClassification.Evaluate(chain.Transform(corrupted), "Number").MicroAccuracy,
                    report[corruption, severity, 1], 1e-9);
            }
        }
        Assert.Contains("CORRUPTION    ||  network |", $"{report}".Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_Merged_AreTheTableOfTheWhole()
    {
        var data = _ml.Data.Cache(Corrupted.View(_ml, 60, seed: 2));
        using var network = Trainer().Fit(data);
        using var chain = _ml.Transforms.CopyColumns("Other", "Image").Append(Trainer("Other")).Fit(data);
        CorruptionReport Measure(IDataView rows, long first, ulong seed = 4) => _ml.MulticlassClassification.EvaluateCorruptions(
            new Dictionary<string, ITransformer> { ["network"] = network, ["chain"] = chain }, rows, new CorruptionOptions
            {
                Corruptions = [new GaussianNoise(), new ImpulseNoise(), new Fog()],
                LabelColumnName = "Number",
                FeatureColumnName = "Image",
                Seed = seed,
                FirstRow = first,
            });
        var whole = Measure(data, 0);
        var (one, two) = (Measure(_ml.Data.TakeRows(data, 23), 0), Measure(_ml.Data.Cache(_ml.Data.SkipRows(data, 23)), 23));
        var nothing = Measure(_ml.Data.SkipRows(data, 60), 60);
        Assert.Equal((23, 37, 60, 0), (two.FirstRow, two.Rows, nothing.FirstRow, nothing.Rows));
        Assert.Equal($"{whole}", $"{CorruptionReport.Merge([nothing, two, one])}");
        Assert.Equal($"{whole}", $"{CorruptionReport.Merge([CorruptionReport.Merge([two, nothing]), one])}");
        Assert.Contains("'the seed is 4', that of rows 23 to 59 'the seed is 5'", Assert.Throws<ArgumentException>(() =>
            CorruptionReport.Merge([one, Measure(_ml.Data.Cache(_ml.Data.SkipRows(data, 23)), 23, seed: 5)])).Message);
    }

    [Fact]
    public void Errors_NameWhatIsWrong()
    {
        var data = Corrupted.View(_ml, 30);
        using var network = Trainer().Fit(data);
        var models = new Dictionary<string, ITransformer> { ["network"] = network };
        Assert.Contains("There is no model",
            Assert.Throws<ArgumentException>(
                () => _ml.MulticlassClassification.EvaluateCorruptions(new Dictionary<string, ITransformer>(), data)).Message,
                StringComparison.Ordinal);
        Assert.Contains("column 'Label'",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.MulticlassClassification.EvaluateCorruptions(models, data,
                    new CorruptionOptions { FeatureColumnName = "Image" })).Message, StringComparison.Ordinal);
        using var flat = Trainer("Flat").Fit(data);
        var options = new CorruptionOptions { FeatureColumnName = "Flat", LabelColumnName = "Number" };
        Assert.Contains("Give flat vectors the shape", Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateCorruptions(new Dictionary<string, ITransformer> { ["flat"] = flat }, data,
                options)).Message, StringComparison.Ordinal);
        using var points = TwoDimensionalClasses.Trainer(_ml,
            settings => (settings.LabelColumnName, settings.Epochs) = ("Number", 1)).Fit(TwoDimensionalClasses.View(_ml));
        options.FeatureColumnName = "Image";
        var some = _ml.Data.FilterRowsByColumn(data, "Number", upperBound: 1.5);
        using var two = Trainer().Fit(some);
        Assert.Contains("'network' has 3 classes, but 'two' has 2", Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateCorruptions(
                new Dictionary<string, ITransformer> { ["network"] = network, ["two"] = two }, some, options)).Message,
                StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(
            () => _ml.MulticlassClassification.EvaluateCorruptions(new Dictionary<string, ITransformer> { ["points"] = points },
                data, options));
    }

    private AdversarialTrainer Trainer(string features = "Image") => TwoDimensionalClasses.Trainer(_ml, options =>
    {
        (options.LabelColumnName, options.FeatureColumnName, options.Epochs) = ("Number", features, 2);
        options.Architecture = ModelArchitecture.MultilayerPerceptron(12);
    });
}
