using System.CommandLine;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Transforms.Evaluation;
using Samples.Shared;
using Spectre.Console;

// Trains the same network twice in the same pipeline, standard and adversarially (Shared/SampleClassifiers.cs), saves both
// models, loads them back, attacks both with PGD-20, and checks that adversarial training made the model more robust. Exit code 1
// when it did not, 2 when the sample could not run.
var options = new SampleOptions("metrics.json and the two models");
var epochs = new Option<int?>("--epochs") { Description = "Passes over the training rows; 5 for drawn digits, 4 for --data" };
var rows = new Option<int?>("--rows") { Description = "Training rows; 6000 drawn digits, or all rows of --data" };
var command = new RootCommand("Trains a robust classifier inside an ML.NET pipeline and shows what it gained.")
{
    options.Data, options.Epsilon, epochs, rows, options.Output,
};
return await SampleRunner.RunAsync(command, args, (arguments, cancellation) =>
    Run(options.Read(arguments, cancellation), arguments.GetValue(epochs), arguments.GetValue(rows)));

static int Run(SampleSettings settings, int? epochs, int? rows)
{
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = Images.Open(ml, settings.DataFolder, rows);
    var classifiers = new SampleClassifiers(ml, settings, images, epochs);
    var attack = new ProjectedGradientDescent(settings.ThreatModel) { Steps = 20 };

    var (standard, device) = Measure("standard", classifiers.Standard);
    var (adversarial, _) = Measure("adversarially trained", classifiers.AdversariallyTrained);

    var table = new Table().Title($"{attack}, {images.TrainRows} training rows, {images.TestRows} test rows")
        .AddColumns("model", "clean accuracy", "robust accuracy", "training");
    foreach (var (name, result) in new[] { ("standard", standard), ("adversarially trained", adversarial) })
        table.AddRow(name, $"{result.Clean:P1}", $"{result.Robust:P1}", $"{result.TrainSeconds:F0} s");
    AnsiConsole.Write(table);

    settings.WriteMetrics(new
    {
        standard,
        adversarial = adversarial,
        epsilon = settings.Epsilon,
        norm = settings.ThreatModel.Name,
        rows = images.TrainRows,
        epochs = classifiers.Epochs,
        device,
    });
    Console.WriteLine(
        $"metrics.json, {SampleClassifiers.StandardFile} and {SampleClassifiers.AdversarialFile} are in {settings.OutputFolder}");

    var isWorthIt = adversarial.Robust > standard.Robust + 0.3 && adversarial.Clean > standard.Clean - 0.15;
    Console.WriteLine(isWorthIt
        ? $"Adversarial training raised the robust accuracy from {standard.Robust:P1} to {adversarial.Robust:P1}."
        : "Adversarial training did not make the model clearly more robust: try more epochs or rows, or a smaller ε.");
    return isWorthIt ? 0 : 1;

    (Result Result, string Device) Measure(
        string name, Func<ProgressBars, (ITransformer Model, ModelDescription Training)> load) => ProgressBars.Show(bars =>
    {
        var (model, training) = load(bars);
        using var loaded = model as IDisposable;
        var clean = ml.MulticlassClassification.Evaluate(model.Transform(images.Test)).MicroAccuracy;
        var state = settings.StateOf($"{name}.attack", training.Identity(), attack, images.TestRows);
        var attacked = ml.MulticlassClassification.EvaluateRobustness(model, images.Test, new RobustnessOptions
        {
            ThreatModel = settings.ThreatModel,
            Suite = _ => new AttackSuite(attack),
            CheckForGradientMasking = false,
            StatePath = state,
            Progress = bars.Suite(name),
            CancellationToken = settings.Cancellation,
        });
        File.Delete(state);
        return (new Result(clean, attacked.RobustAccuracy, training.TrainSeconds), training.Device);
    });
}

internal sealed record Result(double Clean, double Robust, double TrainSeconds);
