using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Transforms.Reports;
using Samples.Shared;
using Spectre.Console;

// Computes attributions of the same images with a standard and an adversarially trained classifier: images out of the pipeline,
// and a report as one HTML page. Exit code 1 when adversarial training did not make the gradient agree more with the image, 2
// when the sample could not run.
var options = new SampleOptions("report.html, metrics.json and attributions.png", "ExplainPipeline");
var rows = new Option<int>("--rows") { Description = "Test rows to attack", DefaultValueFactory = _ => 512 };
var command = new RootCommand("Shows which pixels a standard and an adversarially trained classifier use.")
{
    options.Data, options.Models, options.Epsilon, rows, options.Output,
};
return await SampleRunner.RunAsync(command, args, (arguments, cancellation) =>
    Run(options.Read(arguments, cancellation), arguments.GetValue(rows)));

static int Run(SampleSettings settings, int rows)
{
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = Images.Open(ml, settings.DataFolder, drawnTestRows: Math.Max(rows, 128));
    var classifiers = new SampleClassifiers(ml, settings, images);
    var (standard, adversarial) = ProgressBars.Show(bars =>
        (classifiers.Standard(bars).Model, classifiers.AdversariallyTrained(bars).Model));
    using var first = standard as IDisposable;
    using var second = adversarial as IDisposable;

    // Attributions are steps of a pipeline like any other: a column of numbers, then a column of images.
    var explain = ml.Transforms.SmoothGradExplain(standard, "StandardAttribution")
        .Append(ml.Transforms.SmoothGradExplain(adversarial, "AdversarialAttribution"))
        .Append(ml.Transforms.RenderHeatmap("Standard", "StandardAttribution", "Features"))
        .Append(ml.Transforms.RenderHeatmap("Adversarial", "AdversarialAttribution", "Features"));
    var few = ml.Data.TakeRows(images.Test, 8);
    var explained = explain.Fit(few).Transform(few);
    ml.Data.SaveImageGrid(explained, ["Features", "Standard", "Adversarial"], settings.PathOf("attributions.png"), enlarge: 4);

    var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["adversarially trained"] = adversarial };
    var entries = ProgressBars.Show(bars => ml.MulticlassClassification.SaveModelReport(
        models, images.Test, settings.PathOf("report.html"), new ModelReportOptions
        {
            Title = "A standard and an adversarially trained classifier",
            ThreatModel = settings.ThreatModel,
            Rows = rows,
            Progress = bars.Reporting(),
            CancellationToken = settings.Cancellation,
        }));
    settings.WriteMetrics(new { standard = entries[0].Metrics, adversarial = entries[1].Metrics });

    var attributions = entries[0].Attributions;
    var table = new Table().Title($"{attributions.Method}, {attributions.Rows} rows")
        .AddColumns(["measure", .. entries.Select(entry => entry.Name)]);
    foreach (var name in entries[0].Metrics.Keys)
        table.AddRow([name, .. entries.Select(entry => entry.Metrics[name].ToString("G4", CultureInfo.InvariantCulture))]);
    AnsiConsole.Write(table);
    Console.WriteLine($"report.html, metrics.json and attributions.png are in {settings.OutputFolder}");

    var (before, after) = (entries[0].Attributions.InputGradientAlignment, entries[1].Attributions.InputGradientAlignment);
    Console.WriteLine($"Agreement of gradient and image: standard {before}, adversarially trained {after}.");
    return after.Low > before.High ? 0 : 1;
}
