using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Reports;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Reports;

public sealed class SaveModelReportTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;
    private readonly NeuralClassifierTransformer _standard;
    private readonly NeuralClassifierTransformer _other;

    public SaveModelReportTests()
    {
        _data = _ml.Data.GenerateDigits(60);
        (_standard, _other) = (Train(1), Train(2));
    }

    public void Dispose()
    {
        _standard.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Page_HasTheNumbersThatAreReturned()
    {
        var entries = Save(Both);
        var page = File.ReadAllText(Page);
        Assert.Equal(["standard", "other"], entries.Select(entry => entry.Name));
        foreach (var entry in entries)
        {
            Assert.Contains(FormattableString.Invariant($"<td>{100 * entry.Robustness.CleanAccuracy:F1} %</td>"), page,
                StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"<td>{100 * entry.Robustness.RobustAccuracy:F1} %</td>"), page,
                StringComparison.Ordinal);
            Assert.All(entry.Attributions.Measures,
                measure => Assert.Contains($"<td>{measure.Value}</td>", page, StringComparison.Ordinal));
            Assert.Equal(entry.Robustness.RobustAccuracy, entry.Metrics["Robust accuracy"]);
            Assert.Equal(entry.Attributions.Measures.Count + 2, entry.Metrics.Count);
        }
    }

    [Fact]
    public void Metrics_AreThoseOfTheCallsForThem()
    {
        var entry = Save(Both)[0];
        var metrics = _ml.MulticlassClassification.EvaluateRobustness(_standard, _ml.Data.TakeRows(_data, 20),
            new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 20 });
        Assert.Equal(metrics.CleanAccuracy, entry.Robustness.CleanAccuracy);
        Assert.Equal(metrics.RobustAccuracy, entry.Robustness.RobustAccuracy);
        Assert.Equal([0, 0.025, 0.05, 0.075, 0.1], entry.Robustness.Report.Curve.Select(point => Math.Round(point.Epsilon, 6)));
    }

    [Fact]
    public void FirstRow_NumbersTheRows_AndTheResultsMerge()
    {
        var one = Save(Both)[0];
        var two = Save(Both, _ml.Data.Cache(_ml.Data.SkipRows(_data, 20)), options => options.FirstRow = 20)[0];
        Assert.Equal((20, 20), (two.Robustness.Report.FirstRow, two.Attributions.FirstRow));
        Assert.Contains("Row 20: ", File.ReadAllText(Page), StringComparison.Ordinal);
        var whole = Save(Both, options => options.Rows = 40)[0];
        var merged = ML.Robustness.Transforms.Evaluation.RobustnessMetrics.Merge([two.Robustness, one.Robustness]);
        Assert.Equal(whole.Robustness.Report.RowResults.Select(row => (row.Row, row.Attack, row.Prediction)),
            merged.Report.RowResults.Select(row => (row.Row, row.Attack, row.Prediction)));
        Assert.Equal(whole.Robustness.Report.Curve, merged.Report.Curve);
        Assert.Contains("The part from row 60 has no rows", Assert.Throws<InvalidOperationException>(() =>
            Save(Both, _ml.Data.SkipRows(_data, 60), options => options.FirstRow = 60)).Message);
    }

    [Fact]
    public void Images_AreThreeAnExampleAndModel_AndOneAClassAndModel()
    {
        Save(Both);
        Assert.Equal(3 * 2 * 2 + 10 * 2, Regex.Count(File.ReadAllText(Page), "<img "));
    }

    [Fact]
    public void SameSeed_WritesTheSamePage()
    {
        Save(Both);
        var first = File.ReadAllText(Page);
        Save(Both);
        Assert.Equal(first, File.ReadAllText(Page));
    }

    [Fact]
    public void Progress_GoesOverModelsAndWork()
    {
        var heard = new List<ModelReportProgress>();
        Save(Both, options => options.Progress = new Listener(heard.Add));
        Assert.Equal(8, heard.Select(report => (report.Model, report.Work)).Distinct().Count());
        Assert.Equal((0, 1), (heard[0].Share, heard[^1].Share));
        Assert.All(
            heard.GroupBy(report => (report.Model, report.Work)),
            part => Assert.True(part.Select(report => report.Share).Distinct().Count() > 2, $"{part.Key}"));
        Assert.Equal(heard.Select(report => report.Share).Order(), heard.Select(report => report.Share));
        Assert.Equal(["standard", "other"], heard.Select(report => report.Model).Distinct());
    }

    [Fact]
    public void WhenCancelled_NothingIsWritten()
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Save(Both, options =>
        {
            options.CancellationToken = cancel.Token;
            options.Progress = new Listener(now =>
            {
                if (now.Share > 0.4)
                    cancel.Cancel();
            });
        }));
        Assert.Empty(Directory.GetFiles(_folder.PathOf("")));
    }

    [Fact]
    public void WhatCannotBeReported_IsOneClearError()
    {
        Assert.Contains("one model or more", Assert.Throws<ArgumentException>(() => Save([])).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist",
            Assert.Throws<IOException>(
                () => _ml.MulticlassClassification.SaveModelReport(Both, _data,
                    Path.Combine(_folder.PathOf("none"), "r.html"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ModelReportOptions { Rows = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ModelReportOptions { Examples = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ModelReportOptions { ExplainedRows = 0 });
    }

    [Fact]
    public void ModelOfVectors_IsSentToTheOtherCalls()
    {
        var points = TwoDimensionalClasses.Keyed(_ml);
        using var classifier = _ml.MulticlassClassification.Trainers.AdversarialTraining(TwoDimensionalClasses.Options())
            .Fit(points);
        var error = Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.SaveModelReport(new Dictionary<string, ITransformer> { ["table"] = classifier },
                points, Page));
        Assert.Contains("the rows of model 'table' have the shape 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_AreShownByValue_WhateverTheirNumbers()
    {
        var texts = _ml.Transforms.Conversion.MapKeyToValue("Number", "Label")
            .Append(_ml.Transforms.Conversion.ConvertType("Text", "Number", DataKind.String)).Fit(_data).Transform(_data);
        var keys = Enumerable.Range(0, 10).Reverse().Select(digit => new { Text = $"{digit}" });
        var turned = _ml.Transforms.Conversion.MapValueToKey("Label", "Text", keyData: _ml.Data.LoadFromEnumerable(keys))
            .Fit(texts).Transform(texts);
        using var classifier = Train(1, turned);
        var options = new ModelReportOptions { Visualizer = new FeatureVisualizer(ThreatModel.L2(3)) { Steps = 3 } };
        using var model = new ReportedModel("model", classifier, turned, _ml.MulticlassClassification, options, 1);
        string[] names = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

        var silent = new Progress<double>();
        Assert.Equal(names.Reverse(), model.ClassNames);
        Assert.Equal(
            model.ShowClasses(model.ClassNames, silent).Reverse().Select(image => Convert.ToHexString(image.ToPng())),
            model.ShowClasses(names, silent).Select(image => Convert.ToHexString(image.ToPng())));
    }

    private Dictionary<string, ITransformer> Both => new() { ["standard"] = _standard, ["other"] = _other };

    private string Page => _folder.PathOf("report.html");

    private IReadOnlyList<ModelReportEntry> Save(Dictionary<string, ITransformer> models,
        Action<ModelReportOptions>? change = null) => Save(models, _data, change);

    private IReadOnlyList<ModelReportEntry> Save(Dictionary<string, ITransformer> models, IDataView data,
        Action<ModelReportOptions>? change)
    {
        var options = new ModelReportOptions
        {
            ThreatModel = ThreatModel.LInf(0.1),
            Rows = 20,
            Examples = 2,
            ExplainedRows = 4,
            Method = new Saliency(),
            Visualizer = new FeatureVisualizer(ThreatModel.L2(3)) { Steps = 3 },
        };
        change?.Invoke(options);
        return _ml.MulticlassClassification.SaveModelReport(models, data, Page, options);
    }

    private NeuralClassifierTransformer Train(ulong seed, IDataView? data = null) =>
        _ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Objective = new StandardObjective(),
            Architecture = ModelArchitecture.ConvNet(2, 8),
            Epochs = 1,
            Seed = seed,
        }).Fit(data ?? _data);

    private sealed class Listener(Action<ModelReportProgress> hear) : IProgress<ModelReportProgress>
    {
        public void Report(ModelReportProgress value) => hear(value);
    }
}
