using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms;
using Spectre.Console;

// Trains the same network twice in the same pipeline, standard and hardened, attacks both with PGD-20, saves both models, loads them back,
// and checks that hardening paid. Exit code 1 when it did not.
var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with the four IDX files of the MNIST family (gz or not). Without it: built-in digits." };
var epsilon = new Option<double?>("--epsilon") { Description = "Radius of the L∞ ball, images in [0, 1]. Default: 0.2 for the built-in digits, 0.1 for --data." };
var epochs = new Option<int?>("--epochs") { Description = "Passes over the training rows. Default: 8 for the built-in digits, 4 for --data." };
var rows = new Option<int?>("--rows") { Description = "Training rows. Default: 6000 built-in digits, or all rows of --data." };
var output = new Option<DirectoryInfo>("--out") { Description = "Folder for metrics.json and the two models.", DefaultValueFactory = _ => new DirectoryInfo("out") };
var command = new RootCommand("Hardens a classifier inside an ML.NET pipeline and shows what it gained.") { data, epsilon, epochs, rows, output };
command.SetAction((arguments, cancellation) => Task.FromResult(Run(
    new(arguments.GetValue(data), arguments.GetValue(epsilon), arguments.GetValue(epochs), arguments.GetValue(rows), arguments.GetValue(output)!), cancellation)));
return command.Parse(args).Invoke();

static int Run(Settings settings, CancellationToken cancellation)
{
    var ml = new MLContext(seed: 1);
    var (train, test) = Load(ml, settings);
    var attack = new ProjectedGradientDescent(ThreatModel.LInf(settings.Epsilon)) { Steps = 20 };
    var directory = Directory.CreateDirectory(settings.Output.FullName).FullName;

    var standard = Measure("standard", new StandardObjective());
    var hardened = Measure("hardened", new AdversarialObjective(new ProjectedGradientDescent(attack.ThreatModel) { Steps = 7, KeepBest = false }));

    var table = new Table().Title($"L∞, ε = {settings.Epsilon}, PGD-20").AddColumns("model", "clean accuracy", "robust accuracy", "training");
    foreach (var (name, result) in new[] { ("standard", standard), ("hardened", hardened) })
        table.AddRow(name, $"{result.Clean:P1}", $"{result.Robust:P1}", $"{result.TrainSeconds:F1} s");
    AnsiConsole.Write(table);

    var metrics = new { standard, hardened, epsilon = settings.Epsilon, norm = attack.ThreatModel.Name, rows = settings.Rows, epochs = settings.Epochs, device = "cpu" };
    File.WriteAllText(Path.Combine(directory, "metrics.json"), JsonSerializer.Serialize(metrics, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
    AnsiConsole.WriteLine($"Models and metrics.json are in {directory}");

    var paid = hardened.Robust > standard.Robust + 0.3 && hardened.Clean > standard.Clean - 0.15;
    AnsiConsole.WriteLine(paid ? "Hardening paid." : "Hardening did NOT pay: train for more epochs or on more rows, or choose a smaller ε.");
    return paid ? 0 : 1;

    // The pipeline is the same for both models; only the objective differs.
    Result Measure(string name, TrainingObjective objective) => AnsiConsole.Progress().HideCompleted(false).Start(screen =>
    {
        var bar = screen.AddTask($"{name}: training");
        var pipeline = ml.Transforms.CopyColumns("Image", "Features")
            .Append(ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainingTrainer.Options { FeatureColumnName = "Image", Objective = objective, Epochs = settings.Epochs, Progress = new Bar(bar), CancellationToken = cancellation }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("Digit", "PredictedLabel"));
        var watch = Stopwatch.StartNew();
        using var model = pipeline.Fit(train);
        var seconds = watch.Elapsed.TotalSeconds;

        var path = Path.Combine(directory, $"{name}.zip");
        ml.Model.Save(model, train.Schema, path);
        using var loaded = (TransformerChain<ITransformer>)ml.Model.Load(path, out _);
        var clean = ml.MulticlassClassification.Evaluate(loaded.Transform(test)).MicroAccuracy;
        var robust = ml.MulticlassClassification.EvaluateRobustness(loaded, test, attack, progress: new Bar(screen.AddTask($"{name}: PGD-20")));
        return new Result(clean, robust.RobustAccuracy, seconds);
    });
}

internal sealed record Result(double Clean, double Robust, double TrainSeconds);
