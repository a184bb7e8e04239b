using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using HardenClassifier;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.RobustFeatureDataset;
using RobustFeatures;
using Spectre.Console;

// Builds the data sets of "Adversarial Examples Are Not Bugs, They Are Features" and their controls, trains standard networks on each, and shows
// what they learned, measured on original test rows. Exit code 1 when a statement that is checked did not hold, 2 when it could not be tried.
var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with the four IDX files of the MNIST family; built-in digits with known features without it" };
var quick = new Option<bool>("--quick") { Description = "With --data: fewer rows, steps and seeds" };
var output = new Option<DirectoryInfo>("--out") { Description = "Folder for metrics.json and the sets, which a second run takes up again", DefaultValueFactory = _ => new DirectoryInfo("out") };
var command = new RootCommand("Takes data apart into robust and other features, and shows what each teaches.") { data, quick, output };
command.SetAction((arguments, cancellation) => Story.Tell(() => Run(arguments.GetValue(data), arguments.GetValue(quick), arguments.GetValue(output)!.FullName, cancellation)));
return await command.Parse(args).InvokeAsync();

static int Run(DirectoryInfo? data, bool quick, string output, CancellationToken cancellation)
{
    var watch = Stopwatch.StartNew();
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var plan = data is null ? Plan.Known : quick ? Plan.Quick : Plan.Full;
    var images = data is null ? KnownFeatures.Draw(ml, plan.Rows, plan.TestRows) : Images.From(ml, data.FullName, plan.Rows);
    images = new Images(ml.Data.Cache(images.Train), ml.Data.TakeRows(images.Test, plan.TestRows));
    var lab = new Lab(ml, plan, images, output, cancellation);
    Directory.CreateDirectory(output);
    Console.WriteLine($"{(data is null ? KnownFeatures.Description : data.FullName)}\n{plan}");

    using var standard = lab.Train("standard", images.Train, new StandardObjective(), 1);
    using var hardened = lab.Train("hardened", images.Train, lab.Hardening, 1);
    if (lab.Measure(hardened).Robust is var robust and < 0.2)
        throw new InvalidOperationException($"Hardening failed: the hardened classifier withstands the attack on {robust:P1} of the rows, so its features tell nothing and no set can be made of them. Lower the learning rate or ε.");
    var outcomes = new Dictionary<string, Outcome>();
    var asked = new Dictionary<string, double[]>(); // how many rows of known features the networks of a set say by the pattern
    var constructed = new Dictionary<FeatureDatasetKind, IDataView>();
    Learn("D", images.Train, new StandardObjective());
    Learn("D adversarial", images.Train, lab.Hardening);
    using (var weak = lab.Train("weak", ml.Data.TakeRows(images.Train, plan.Rows / 4), new StandardObjective(), 1, epochs: 2))
    {
        ITransformer[] ensemble = [.. Enumerable.Range(2, 3).Select(seed => lab.Train("another", images.Train, new StandardObjective(), seed))];
        foreach (var kind in Enum.GetValues<FeatureDatasetKind>())
        {
            var classifier = kind switch { FeatureDatasetKind.Robust => hardened, FeatureDatasetKind.MislabeledOnly => weak, _ => standard };
            constructed[kind] = lab.Construct(kind, classifier, ensemble);
            Learn(kind.ToString(), constructed[kind], new StandardObjective());
        }

        Array.ForEach(ensemble, other => ((IDisposable)other).Dispose());
    }

    var table = new Table().AddColumns("trained on", "clean", "robust").AddColumns(data is null ? ["by the pattern"] : []).AddColumns("paper: clean", "robust");
    foreach (var (set, outcome) in outcomes)
        table.AddRow([set, Outcome.Show(outcome.Clean), Outcome.Show(outcome.Robust), .. data is null ? new[] { Outcome.Show(asked[set]) } : [], Paper.Of(set).Clean, Paper.Of(set).Robust]);
    AnsiConsole.Write(table);
    foreach (var set in outcomes.Keys)
        Console.WriteLine($"{set}: {(Holds(set) ? Paper.Of(set).Shows : Paper.Of(set).Otherwise)}");
    using var other = lab.Train("other architecture", images.Train, new StandardObjective(), 1, network: data is null ? ModelArchitecture.ConvNet(16, 64) : ModelArchitecture.MultilayerPerceptron(128));
    var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["other architecture"] = other, ["hardened"] = hardened };
    Console.WriteLine($"Accuracy on what was crafted on each:\n{ml.MulticlassClassification.EvaluateTransfer(models, images.Test, new ProjectedGradientDescent(plan.Evaluation) { Steps = 20 }, cancellation: cancellation)}");
    models.Remove("other architecture");
    Console.WriteLine(ml.MulticlassClassification.EvaluateCorruptions(models, ml.Data.TakeRows(images.Test, 500), new CorruptionOptions { CancellationToken = cancellation }));
    foreach (var kind in new[] { FeatureDatasetKind.RandomLabels, FeatureDatasetKind.ShiftedLabels })
        Console.WriteLine($"{kind}: {ml.MulticlassClassification.MeasureFeatureLeakage(hardened, constructed[kind], images.Test, cancellation: cancellation)}");

    string[] claims = data is null ? ["D", "Robust", "ShiftedLabels"] : ["Robust", "ShiftedLabels", "NonTransferable"];
    var failed = claims.Where(set => !Holds(set)).ToList();
    var metrics = new { sets = outcomes.Values.ToDictionary(o => o.Set, o => new { o.Clean, o.Robust }), epsilon = plan.Evaluation.Epsilon, norm = "L2", perturbation = plan.Epsilon, hardening = plan.HardeningEpsilon, byPattern = asked, plan = $"{plan}", failed, seconds = watch.Elapsed.TotalSeconds };
    File.WriteAllText(Path.Combine(output, "metrics.json"), JsonSerializer.Serialize(metrics, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
    Console.WriteLine($"metrics.json and the sets are in {output}; it took {watch.Elapsed.TotalMinutes:F1} minutes.");
    Console.WriteLine(failed.Count == 0 ? $"What was expected of {string.Join(", ", claims)} holds, outside the spread of the seeds." : $"NOT shown: what was expected of {string.Join(", ", failed)}.");
    return failed.Count == 0 ? 0 : 1;

    void Learn(string set, IDataView rows, TrainingObjective objective)
    {
        var (clean, robust, pattern) = (new double[plan.Seeds], new double[plan.Seeds], new double[plan.Seeds]);
        for (var seed = 0; seed < plan.Seeds; seed++)
        {
            using var network = lab.Train($"on {set}", rows, objective, 11 + seed);
            (clean[seed], robust[seed]) = lab.Measure(network);
            if (data is null)
                pattern[seed] = KnownFeatures.Ask(ml, network, plan.TestRows);
        }

        outcomes[set] = new Outcome(set, clean, robust);
        Console.WriteLine($"{set}: clean {Outcome.Show(clean)}, robust {Outcome.Show(robust)}{(data is null ? $", by the pattern {Outcome.Show(pattern)}" : "")}");
        if (data is null)
            asked[set] = pattern;
    }

    bool Holds(string set) => Claims.Hold(set, outcomes, asked);
}
