using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AttackAndEvaluate;
using HardenClassifier;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Reports;
using Spectre.Console;

// Explains the same images with a standard and a hardened classifier: pictures out of the pipeline, and a report that opens from disk. Exit code 1
// when hardening did not make the gradient look more like the image, 2 when it could not be tried.
var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with the four IDX files of the MNIST family, gz or not; built-in digits without it" };
var models = new Option<DirectoryInfo?>("--models") { Description = "Folder with standard.zip and hardened.zip of HardenClassifier; both are trained first without it" };
var epsilon = new Option<double?>("--epsilon") { Description = "Radius of the L∞ ball, images in [0, 1]; 0.2 for the built-in digits, 0.1 for --data" };
var rows = new Option<int>("--rows") { Description = "Test rows to attack", DefaultValueFactory = _ => 512 };
var output = new Option<DirectoryInfo>("--out") { Description = "Folder for report.html, metrics.json and the pictures", DefaultValueFactory = _ => new DirectoryInfo("out") };
var command = new RootCommand("Explains what a standard and a hardened classifier look at.") { data, models, epsilon, rows, output };
command.SetAction((arguments, cancellation) => Story.Tell(() => Run(
    arguments.GetValue(data), arguments.GetValue(models), arguments.GetValue(epsilon), arguments.GetValue(rows), arguments.GetValue(output)!.FullName, cancellation)));
return await command.Parse(args).InvokeAsync();

static int Run(DirectoryInfo? data, DirectoryInfo? models, double? epsilon, int rows, string output, CancellationToken cancellation)
{
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = data is null ? Images.Drawn(ml, 6000, Math.Max(rows, 128)) : Images.From(ml, data.FullName, null);
    var threat = ThreatModel.LInf(epsilon ?? (data is null ? 0.2 : 0.1));
    Directory.CreateDirectory(output);

    var classifiers = new Models(ml, images.Train, models, output, cancellation);
    var (standard, hardened) = Bars.Show(bars => (
        classifiers.Load("standard", new StandardObjective(), bars),
        classifiers.Load("hardened", new AdversarialObjective(new ProjectedGradientDescent(threat) { Steps = 7 }), bars)));
    using var first = standard as IDisposable;
    using var second = hardened as IDisposable;

    // Explanations are steps of a pipeline like any other: a column of numbers, then a column of pictures.
    var explain = ml.Transforms.SmoothGradExplain(standard, "StandardMap")
        .Append(ml.Transforms.SmoothGradExplain(hardened, "HardenedMap"))
        .Append(ml.Transforms.RenderHeatmap("Standard", "StandardMap", "Features"))
        .Append(ml.Transforms.RenderHeatmap("Hardened", "HardenedMap", "Features"));
    var few = ml.Data.TakeRows(images.Test, 8);
    ml.Data.SaveImageGrid(explain.Fit(few).Transform(few), ["Features", "Standard", "Hardened"], Path.Combine(output, "explanations.png"), enlarge: 4);

    var entries = Bars.Show(bars => ml.MulticlassClassification.SaveModelReport(
        new Dictionary<string, ITransformer> { ["standard"] = standard, ["hardened"] = hardened }, images.Test, Path.Combine(output, "report.html"), new ModelReportOptions
        {
            Title = "What a standard and a hardened classifier look at",
            ThreatModel = threat,
            Rows = rows,
            Progress = bars.Reporting(),
            CancellationToken = cancellation,
        }));
    File.WriteAllText(
        Path.Combine(output, "metrics.json"),
        JsonSerializer.Serialize(entries.ToDictionary(entry => entry.Name, entry => entry.Metrics), new JsonSerializerOptions { WriteIndented = true }));

    var table = new Table().Title($"{entries[0].Attributions.Method}, {entries[0].Attributions.Rows} rows").AddColumns(["measure", .. entries.Select(entry => entry.Name)]);
    foreach (var name in entries[0].Metrics.Keys)
        table.AddRow([name, .. entries.Select(entry => entry.Metrics[name].ToString("G4", CultureInfo.InvariantCulture))]);
    AnsiConsole.Write(table);
    Console.WriteLine($"report.html, metrics.json and explanations.png are in {output}");

    var (before, after) = (entries[0].Attributions.GradientInputAgreement, entries[1].Attributions.GradientInputAgreement);
    Console.WriteLine($"The gradient's agreement with the image: standard {before}, hardened {after}.");
    return after.Low > before.High ? 0 : 1;
}
