using System.CommandLine;
using AttackAndEvaluate;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Transforms.Evaluation;
using Samples.Shared;

// Attacks a standard and an adversarially trained classifier with AutoAttack, prints the accuracy after each attack, a curve over
// ε, and an image of the rows that fooled the standard one. Exit code 1 when the adversarially trained one is not the more
// robust, 2 when the sample could not run.
var options = new SampleOptions("metrics.json and grid.png", "AttackAndEvaluate");
var rows = new Option<int>("--rows") { Description = "Test rows to attack", DefaultValueFactory = _ => 100 };
var command = new RootCommand("Measures robustness with AutoAttack.")
{
    options.Data, options.Models, options.Epsilon, rows, options.Output,
};
return await SampleRunner.RunAsync(command, args, (arguments, cancellation) =>
    Run(options.Read(arguments, cancellation), arguments.GetValue(rows)));

static int Run(SampleSettings settings, int rows)
{
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = Images.Open(ml, settings.DataFolder, drawnTestRows: Math.Max(rows, 128));
    var test = ml.Data.TakeRows(images.Test, rows);
    var classifiers = new SampleClassifiers(ml, settings, images);

    var standard = Evaluate("standard", classifiers.Standard);
    var adversarial = Evaluate("adversarially trained", classifiers.AdversariallyTrained);
    ContactSheet.Save(settings.PathOf("grid.png"), ml, test, standard.ToDataView(), 8);

    settings.WriteMetrics(new
    {
        models = new { standard = Summary(standard), adversarial = Summary(adversarial) },
        epsilon = settings.Epsilon,
        norm = settings.ThreatModel.Name,
        rows,
    });
    Console.WriteLine($"metrics.json and grid.png (original, adversarial, difference × 10) are in {settings.OutputFolder}");
    Console.WriteLine(
        $"Worst case over all attacks: standard {standard.RobustAccuracy:P1}, "
        + $"adversarially trained {adversarial.RobustAccuracy:P1}.");
    return adversarial.RobustAccuracy > standard.RobustAccuracy ? 0 : 1;

    RobustnessMetrics Evaluate(string name, Func<ProgressBars, (ITransformer Model, ModelDescription Training)> load)
    {
        var metrics = ProgressBars.Show(bars =>
        {
            var (model, training) = load(bars);
            using var loaded = model as IDisposable;
            var epsilon = settings.Epsilon;
            var state = settings.StateOf($"{name}.attacks", training.Identity(), epsilon, rows);
            var found = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
            {
                ThreatModel = settings.ThreatModel,
                Epsilons = [epsilon / 4, epsilon / 2, epsilon],
                CurveSuite = radius => new AttackSuite(
                    new AutoProjectedGradientDescent(radius), new AutoProjectedGradientDescent(radius) { Targets = 9 }),
                KeepInputs = true,
                StatePath = state,
                Progress = bars.Suite(name),
                CancellationToken = settings.Cancellation,
            });
            foreach (var file in Directory.GetFiles(settings.OutputFolder, $"{Path.GetFileName(state)}*"))
                File.Delete(file);
            return found;
        });
        Console.WriteLine($"\n== {name} ==\n{metrics}");
        return metrics;
    }

    static object Summary(RobustnessMetrics metrics) => new
    {
        clean = metrics.CleanAccuracy,
        attacks = metrics.Report.Attacks.ToDictionary(attack => attack.Name, attack => attack.AccuracyAfter),
        worst = metrics.RobustAccuracy,
    };
}
