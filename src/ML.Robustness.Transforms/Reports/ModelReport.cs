using System.Globalization;
using Microsoft.ML;
using ML.Robustness.AttributionMetrics;
using ML.Robustness.Imaging;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Reports;

/// <summary>The page that reports the results of some models.</summary>
internal sealed class ModelReport
{
    private readonly HtmlReport _page;
    private readonly ModelReportEntry[] _entries;

    private ModelReport(string title, ModelReportEntry[] entries)
    {
        _entries = entries;
        _page = new HtmlReport(title,
            $"{string.Join(" and ", entries.Select(entry => entry.Name))}: "
            + "clean and robust accuracy, which pixels decide, and how far its attributions can be trusted.");
    }

    /// <summary>Measures models on the same rows, and writes the page.</summary>
    internal static IReadOnlyList<ModelReportEntry> Save(
        TrainCatalogBase catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data, string path,
        ModelReportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ModelReportOptions();
        if (models.Count == 0)
            throw new ArgumentException("A report needs one model or more.", nameof(models));
        AtomicFile.CheckWritable(path);
        var seed = options.Seed ?? Environments.SeedFor(catalog);
        var rows = new MLContext().Data.TakeRows(data, options.Rows);
        var reported = new List<ReportedModel>();
        try
        {
            foreach (var (name, model) in models)
                reported.Add(new ReportedModel(name, model, rows, catalog, options, seed));
            return Write(reported, options, path);
        }
        finally
        {
            reported.ForEach(model => model.Dispose());
        }
    }

    private static ModelReportEntry[] Write(
        List<ReportedModel> models, ModelReportOptions options, string path)
    {
        if (models.Find(model => model.Classes != models[0].Classes) is { } other)
            throw new ArgumentException(
                $"Model '{models[0].Name}' has {models[0].Classes} classes, but '{other.Name}' has {other.Classes}: "
                + "a report compares models of the same classes.", nameof(models));
        if (models.Find(model => !model.ClassNames.ToHashSet().SetEquals(models[0].ClassNames)) is { } foreign)
            throw new ArgumentException(
                $"The classes of model '{models[0].Name}' are {List(models[0])}, but those of '{foreign.Name}' "
                    + $"are {List(foreign)}: "
                + "a report compares models of the same classes.", nameof(models));
        string[] works = ["attacking", "measuring attributions", "computing attributions", "visualizing classes"];
        var done = 0;
        T[] Do<T>(int work, Func<ReportedModel, IProgress<double>, T> make) => [.. models.Select(model =>
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            var progress = new PartProgress(options.Progress, model.Name, works[work], done++, works.Length * models.Count);
            progress.Report(0);
            return make(model, progress);
        })];

        var attacked = Do(0, (model, progress) => model.Attack(progress));
        var measured = Do(1, (model, progress) => model.Measure(progress));
        var rows = models[0].Examples();
        var explained = Do(2, (model, progress) => model.Explain(rows, progress));
        var shown = Do(3, (model, progress) => model.ShowClasses(models[0].ClassNames, progress));
        options.Progress?.Report(new ModelReportProgress(models[^1].Name, works[^1], 1));
        ModelReportEntry[] entries =
            [.. models.Select((model, place) => new ModelReportEntry(model.Name, attacked[place], measured[place]))];

        var report = new ModelReport(options.Title, entries);
        report.AddAccuracies();
        if (rows.Length > 0)
            report.AddAttributions(rows, explained);
        report.AddClasses(models[0].ClassNames, shown);
        report.AddQuality();
        report._page.Save(path);
        return entries;
    }

    /// <summary>Tells of the progress of one kind of work with one model as that of the whole report.</summary>
    private sealed class PartProgress(
        IProgress<ModelReportProgress>? next, string model, string work, int part, int parts) : IProgress<double>
    {
        public void Report(double value) => next?.Report(new ModelReportProgress(model, work, (part + value) / parts));
    }

    private static string List(ReportedModel model) => string.Join(", ", model.ClassNames.Select(name => $"'{name}'"));

    private void AddAccuracies()
    {
        var first = _entries[0].Robustness;
        _page.AddSection("Accuracy",
            $"The share of {first.Rows} rows that are classified correctly, and that stay so under attack: "
            + $"{first.Attack}. It is an upper bound, which a stronger attack can only lower.");
        _page.AddTable(
            "Accuracy of each model; 95 % of such samples of rows would put it within the interval.",
            ["model", "clean", "robust", "interval"],
            _entries.Select(entry => (IReadOnlyList<string>)
            [
                entry.Name,
                Percent(entry.Robustness.CleanAccuracy),
                Percent(entry.Robustness.RobustAccuracy),
                entry.Robustness.Interval.ToString(),
            ]));
        _page.AddCurves("How the accuracy falls as the adversary may change more.", "radius", "accuracy",
            [.. _entries.Select(entry => (entry.Name, CurveOf(entry)))]);
        foreach (var entry in _entries)
        {
            foreach (var warning in entry.Robustness.Warnings)
                _page.AddText($"A reason to doubt the numbers of {entry.Name}: {warning.Message}");
        }
    }

    private static IReadOnlyList<(double, double)> CurveOf(ModelReportEntry entry) =>
        [.. entry.Robustness.Report.Curve.Select(point => (point.Epsilon, point.RobustAccuracy))];

    private void AddAttributions(int[] rows, IReadOnlyList<ReportedModel.ExplainedRow>[] explained)
    {
        string Title(int model, int place)
        {
            var (name, row) = (_entries[model].Name, explained[model][place]);
            return row.Predicted == row.Class ? name : $"{name}: {row.Predicted}?";
        }


        _page.AddSection("Which pixels decide",
            "Light pixels are those whose change would move the score of the predicted class most: "
            + $"by the plain gradient, and by {_entries[0].Attributions.Method}.");
        _page.AddImages("", [.. rows.Select((row, place) => new ImageTable(
            string.Create(CultureInfo.InvariantCulture, $"Row {row}: {explained[0][place].Class}"),
            ["image", "gradient", "smoothed"],
            [.. explained.Select((of, model) => (Title(model, place), of[place].Images))]))]);
    }

    private void AddClasses(IReadOnlyList<string> names, IReadOnlyList<RgbImage>[] shown)
    {
        _page.AddSection("What each class looks like",
            "Faint noise, changed step by step until the model sees the class as strongly as it can. "
            + "A model that relies on shapes draws shapes; one that relies on faint patterns draws those, which to people are "
            + "noise.");
        _page.AddImages("", [.. names.Select((name, index) => new ImageTable(
            name, [""], [.. shown.Select((of, model) => (_entries[model].Name, (IReadOnlyList<RgbImage>)[of[index]]))]))]);
    }

    private void AddQuality()
    {
        var measures = _entries.Select(entry => entry.Attributions.Measures).ToArray();
        var first = _entries[0].Attributions;
        _page.AddSection("How far the attributions can be trusted",
            $"Measured for {first.Method} on {first.Rows} rows: means ± half of the 95 % interval. {Verdict(measures)}");
        _page.AddTable("Measures of the attributions.",
            ["measure", .. _entries.Select(entry => entry.Name), "better", "what it says"],
            measures[0].Select((measure, place) => (IReadOnlyList<string>)
            [
                measure.Name,
                .. measures.Select(of => of[place].Value.ToString()),
                measure.HigherIsBetter ? "higher" : "lower",
                measure.Meaning,
            ]));
    }

    // Only where the intervals do not overlap is one called better than the other.
    private string Verdict(IReadOnlyList<AttributionMeasure>[] measures)
    {
        if (measures.Length != 2)
            return "";
        var pairs = measures[0].Zip(measures[1], (one, other) => one.HigherIsBetter
            ? (One: one.Value, Other: other.Value)
            : (One: other.Value, Other: one.Value)).ToArray();
        var others = pairs.Count(pair => pair.Other.Low > pair.One.High);
        var ones = pairs.Count(pair => pair.One.Low > pair.Other.High);
        return
            $"In {others} of {pairs.Length} measures {_entries[1].Name} is clearly better, in {ones} {_entries[0].Name}; in the "
            + "others the intervals overlap.";
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
