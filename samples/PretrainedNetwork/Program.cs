using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using ML.Robustness.Transforms.Evaluation;
using PretrainedNetwork;
using Samples.Shared;
using Spectre.Console;

// Attacks a pretrained ResNet-18 with a linear head, explains it with SmoothGrad and Grad-CAM, and fine-tunes it adversarially:
// the head alone, then the last stage. Exit code 1 when fine-tuning did not raise the robust accuracy, 2 when the sample could
// not run.
var options = new SampleOptions("metrics.json, sheet.png and the three models", "PretrainedNetwork");
var data = new Option<DirectoryInfo>("--data")
{
    Description = "Folder with CIFAR-10's binary version, gz or not",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("..", "shared", "data", "cifar10")),
};
var quick = new Option<bool>("--quick") { Description = "Fewer images, epochs and steps" };
var command = new RootCommand("Attacks, explains and adversarially fine-tunes a pretrained ResNet-18.")
{
    data, quick, options.Output,
};
return await SampleRunner.RunAsync(command, args, (arguments, cancellation) => Run(
    options.Read(arguments, cancellation) with { DataFolder = arguments.GetValue(data)!.FullName },
    arguments.GetValue(quick) ? ExperimentSettings.Quick : ExperimentSettings.Full));

static int Run(SampleSettings sample, ExperimentSettings settings)
{
    var watch = Stopwatch.StartNew();
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = CifarImages.Open(ml, sample.DataFolder!, settings);
    Console.WriteLine($"{settings}");
    PretrainedResNet.Register();
    var experiment = new Experiment(ml, settings, images, sample);

    using var ordinary = ProgressBars.Show(experiment.TrainHead);
    using var head = ProgressBars.Show(bars => experiment.FineTuneHead(ordinary, bars));
    using var stage = ProgressBars.Show(bars => experiment.FineTuneLastStage(head, bars));
    TrainedClassifier[] models = [ordinary, head, stage];
    var found = Array.ConvertAll(models, model => ProgressBars.Show(bars => experiment.Attack(model, bars)));
    WriteTable();

    // The same images for both: the first of each class that both classify rightly as they are.
    var rows = experiment.FirstOfEachClass(found[0], found[^1]);
    var explained = ProgressBars.Show(bars => new Explanations(ml, settings).Explain(
        [ordinary, stage], rows, bars.Evaluation("SmoothGrad and Grad-CAM"), sample.Cancellation));
    ContactSheet.Draw(
        $"ResNet-18 before and after adversarial fine-tuning: each value changed by at most {settings.Levels}/255",
        settings.Epsilon,
        [
            ("before:\nhead trained on\nclean images", explained[0]),
            ("after:\nlast stage trained on\nadversarial images", explained[1]),
        ])
        .SavePng(sample.PathOf("sheet.png"));

    sample.WriteMetrics(new
    {
        models = models.Zip(found).ToDictionary(pair => pair.First.Name, pair => Summary(pair.First, pair.Second)),
        epsilon = settings.Epsilon,
        norm = settings.ThreatModel.Name,
        trainRows = images.TrainRows,
        testRows = images.TestRows,
        device = $"{ordinary.Classifier.Device}",
        seconds = watch.Elapsed.TotalSeconds,
    });
    experiment.Finish();
    Console.WriteLine($"metrics.json, sheet.png and the models are in {sample.OutputFolder}; "
        + $"it took {watch.Elapsed.TotalMinutes:F1} minutes.");
    var (before, after) = (found[0], found[^1]);
    Console.WriteLine($"Robust accuracy under all attacks: before {before.RobustAccuracy:P1}, 95 % within {before.Interval}; "
        + $"with the last stage fine-tuned {after.RobustAccuracy:P1}, 95 % within {after.Interval}. "
        + (after.Interval.Low > before.Interval.High
            ? "The intervals do not overlap: fine-tuning made the classifier more robust."
            : "The intervals overlap: so few images do not prove that fine-tuning made the classifier more robust."));
    return after.RobustAccuracy > before.RobustAccuracy ? 0 : 1;

    void WriteTable()
    {
        var table = new Table().Title($"{images.TrainRows} training images, {images.TestRows} test images")
            .AddColumns("trained", "clean", "PGD-20", "worst case", "95 % within", "training");
        foreach (var (model, result) in models.Zip(found))
        {
            table.AddRow(model.Name, $"{result.CleanAccuracy:P1}", $"{result.Report.Attacks[0].AccuracyAfter:P1}",
                $"{result.RobustAccuracy:P1}", Markup.Escape($"{result.Interval}"), $"{model.Training.TrainSeconds:F0} s");
        }

        AnsiConsole.Write(table);
    }

    static object Summary(TrainedClassifier model, RobustnessMetrics result) => new
    {
        clean = result.CleanAccuracy,
        attacks = result.Report.Attacks.ToDictionary(attack => attack.Name, attack => attack.AccuracyAfter),
        worst = result.RobustAccuracy,
        low = result.Interval.Low,
        high = result.Interval.High,
        trainSeconds = model.Training.TrainSeconds,
    };
}
