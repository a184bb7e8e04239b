using System.CommandLine;
using System.Text.Json;
using AttackAndEvaluate;
using HardenClassifier;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using Spectre.Console;

// Attacks a standard and a hardened classifier with AutoAttack, prints what each attack achieved, a curve over ε, and a picture of what fooled
// the standard one. Exit code 1 when the hardened one is not the more robust, 2 when it could not be tried.
var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with the four IDX files of the MNIST family, gz or not; built-in digits without it" };
var models = new Option<DirectoryInfo?>("--models") { Description = "Folder with standard.zip and hardened.zip of HardenClassifier; both are trained first without it" };
var epsilon = new Option<double?>("--epsilon") { Description = "Radius of the L∞ ball, images in [0, 1]; 0.2 for the built-in digits, 0.1 for --data" };
var rows = new Option<int>("--rows") { Description = "Test rows to attack", DefaultValueFactory = _ => 100 };
var output = new Option<DirectoryInfo>("--out") { Description = "Folder for metrics.json and grid.png", DefaultValueFactory = _ => new DirectoryInfo("out") };
var command = new RootCommand("Measures robustness in a way that can be believed.") { data, models, epsilon, rows, output };
command.SetAction((arguments, cancellation) => Story.Tell(() => Run(
    arguments.GetValue(data), arguments.GetValue(models), arguments.GetValue(epsilon), arguments.GetValue(rows), arguments.GetValue(output)!.FullName, cancellation)));
return await command.Parse(args).InvokeAsync();

static int Run(DirectoryInfo? data, DirectoryInfo? models, double? epsilon, int rows, string output, CancellationToken cancellation)
{
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var images = data is null ? Images.Drawn(ml, 6000, Math.Max(rows, 128)) : Images.From(ml, data.FullName, null);
    var threat = ThreatModel.LInf(epsilon ?? (data is null ? 0.2 : 0.1));
    var test = ml.Data.TakeRows(images.Test, rows);
    var classifiers = new Models(ml, images.Train, models, output, cancellation);
    Directory.CreateDirectory(output);

    var standard = Evaluate("standard", new StandardObjective());
    var hardened = Evaluate("hardened", new AdversarialObjective(new ProjectedGradientDescent(threat) { Steps = 7 }));
    ContactSheet.Save(Path.Combine(output, "grid.png"), ml, test, standard.ToDataView(), 8);

    var metrics = new { models = new { standard = Summary(standard), hardened = Summary(hardened) }, epsilon = threat.Epsilon, norm = threat.Name, rows };
    File.WriteAllText(Path.Combine(output, "metrics.json"), JsonSerializer.Serialize(metrics, new JsonSerializerOptions { WriteIndented = true }));
    Console.WriteLine($"metrics.json and grid.png (original, adversarial, difference × 10) are in {output}");

    var isMoreRobust = hardened.RobustAccuracy > standard.RobustAccuracy;
    Console.WriteLine($"Worst case over all attacks: standard {standard.RobustAccuracy:P1}, hardened {hardened.RobustAccuracy:P1}.");
    return isMoreRobust ? 0 : 1;

    RobustnessMetrics Evaluate(string name, TrainingObjective objective)
    {
        var metrics = Bars.Show(bars =>
        {
            var model = classifiers.Load(name, objective, bars);
            using var loaded = model as IDisposable;
            return ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
            {
                ThreatModel = threat,
                Epsilons = [threat.Epsilon / 4, threat.Epsilon / 2, threat.Epsilon],
                CurveSuite = radius => new AttackSuite(new AutoProjectedGradientDescent(radius), new AutoProjectedGradientDescent(radius) { Targets = 9 }),
                KeepInputs = true,
                Progress = bars.Suite(name),
                CancellationToken = cancellation,
            });
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
