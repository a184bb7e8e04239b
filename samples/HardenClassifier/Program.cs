using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using HardenClassifier;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using Spectre.Console;

// Trains the same network twice in the same pipeline, standard and hardened, attacks both with PGD-20, saves both models, loads them back,
// and checks that hardening paid. Exit code 1 when it did not, 2 when it could not be tried.
var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with the four IDX files of the MNIST family, gz or not; built-in digits without it" };
var epsilon = new Option<double?>("--epsilon") { Description = "Radius of the L∞ ball, images in [0, 1]; 0.2 for the built-in digits, 0.1 for --data" };
var epochs = new Option<int?>("--epochs") { Description = "Passes over the training rows; 5 for the built-in digits, 4 for --data" };
var rows = new Option<int?>("--rows") { Description = "Training rows; 6000 built-in digits, or all rows of --data" };
var output = new Option<DirectoryInfo>("--out") { Description = "Folder for metrics.json and the two models", DefaultValueFactory = _ => new DirectoryInfo("out") };
var command = new RootCommand("Hardens a classifier inside an ML.NET pipeline and shows what it gained.") { data, epsilon, epochs, rows, output };
command.SetAction((arguments, cancellation) => Story.Tell(() => Run(
    arguments.GetValue(data), arguments.GetValue(epsilon), arguments.GetValue(epochs), arguments.GetValue(rows), arguments.GetValue(output)!.FullName, cancellation)));
return await command.Parse(args).InvokeAsync();

static int Run(DirectoryInfo? data, double? epsilon, int? epochs, int? rows, string output, CancellationToken cancellation)
{
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = data is null ? Images.Drawn(ml, rows ?? 6000, 2000) : Images.From(ml, data.FullName, rows);
    var threat = ThreatModel.LInf(epsilon ?? (data is null ? 0.2 : 0.1));
    var passes = epochs ?? (data is null ? 5 : 4);
    var evaluation = new ProjectedGradientDescent(threat) { Steps = 20 };
    var device = "";
    Directory.CreateDirectory(output);

    var standard = Measure("standard", new StandardObjective());
    var hardened = Measure("hardened", new AdversarialObjective(new ProjectedGradientDescent(threat) { Steps = 7 }));

    var table = new Table().Title($"{evaluation}, {images.TrainRows} training rows, {images.TestRows} test rows").AddColumns("model", "clean accuracy", "robust accuracy", "training");
    table.AddRow("standard", $"{standard.Clean:P1}", $"{standard.Robust:P1}", $"{standard.TrainSeconds:F0} s");
    table.AddRow("hardened", $"{hardened.Clean:P1}", $"{hardened.Robust:P1}", $"{hardened.TrainSeconds:F0} s");
    AnsiConsole.Write(table);

    var metrics = new { standard, hardened, epsilon = threat.Epsilon, norm = threat.Name, rows = images.TrainRows, epochs = passes, device };
    File.WriteAllText(Path.Combine(output, "metrics.json"), JsonSerializer.Serialize(metrics, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
    Console.WriteLine($"metrics.json, standard.zip and hardened.zip are in {output}");

    var paid = hardened.Robust > standard.Robust + 0.3 && hardened.Clean > standard.Clean - 0.15;
    Console.WriteLine(paid
        ? $"Hardening paid: robust accuracy rose from {standard.Robust:P1} to {hardened.Robust:P1}."
        : "Hardening did not pay: give it more epochs or rows, or a smaller ε.");
    return paid ? 0 : 1;

    // The pipeline is the same for both models; only what training minimises differs.
    Result Measure(string name, TrainingObjective objective) => Bars.Show(bars =>
    {
        var pipeline = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Objective = objective,
            Optimizer = new AdamWOptions { LearningRate = 3e-3 },
            Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
            Epochs = passes,
            BatchProgress = bars.Training(name),
            CancellationToken = cancellation,
        }).Append(ml.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"));

        var watch = Stopwatch.StartNew();
        var path = Path.Combine(output, $"{name}.zip");
        using (var trained = pipeline.Fit(images.Train))
        {
            device = trained.OfType<NeuralClassifierTransformer>().Single().Device.ToString();
            ml.Model.SaveAtomically(trained, images.Train.Schema, path);
        }
        var seconds = watch.Elapsed.TotalSeconds;

        var model = ml.Model.Load(path, out _);
        using var loaded = model as IDisposable;
        var clean = ml.MulticlassClassification.Evaluate(model.Transform(images.Test)).MicroAccuracy;
        var attacked = ml.MulticlassClassification.EvaluateRobustness(model, images.Test, evaluation, progress: bars.Evaluation($"{name}: {evaluation}"), cancellation: cancellation);
        return new Result(clean, attacked.RobustAccuracy, seconds);
    });
}

internal sealed record Result(double Clean, double Robust, double TrainSeconds);
