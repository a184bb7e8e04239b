using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.RobustFeatureDataset;
using RobustFeatures;
using Samples.Shared;
using Spectre.Console;

// Builds the data sets of "Adversarial Examples Are Not Bugs, They Are Features" and their controls, trains standard networks on
// each, and compares their accuracies on original test rows. Exit code 1 when an expected result was not found, 2 when the sample
// could not run.
var options = new SampleOptions("metrics.json and the data sets, which a second run resumes", "RobustFeatures");
var quick = new Option<bool>("--quick") { Description = "Fewer rows, steps and seeds" };
var command = new RootCommand("Separates robust from non-robust features, and shows what networks learn from each.")
{
    options.Data, quick, options.Output,
};
return await SampleRunner.RunAsync(command, args, (arguments, cancellation) =>
    Run(options.Read(arguments, cancellation), arguments.GetValue(quick)));

static int Run(SampleSettings sample, bool quick)
{
    var watch = Stopwatch.StartNew();
    var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
    var isKnown = sample.DataFolder is null;
    var settings = (isKnown, quick) switch
    {
        (true, true) => ExperimentSettings.KnownQuick,
        (true, false) => ExperimentSettings.Known,
        (false, true) => ExperimentSettings.Quick,
        (false, false) => ExperimentSettings.Full,
    };
    var images = isKnown ? KnownFeatures.Draw(ml, settings.Rows, settings.TestRows)
        : Images.Open(ml, sample.DataFolder, settings.Rows);
    images = new Images(images.Source, ml.Data.Cache(images.Train), ml.Data.TakeRows(images.Test, settings.TestRows));
    var experiment = new Experiment(ml, settings, images, sample);
    Console.WriteLine($"{(isKnown ? KnownFeatures.Description : sample.DataFolder)}\n{settings}");

    using var standard = experiment.Train("standard", images.Train, new StandardObjective(), 1);
    using var adversarial = experiment.Train("adversarially trained", images.Train, experiment.AdversarialObjective, 1);
    if (experiment.Measure(adversarial).Robust is var robust and < 0.2)
    {
        throw new InvalidOperationException(
            $"Adversarial training failed: robust accuracy is {robust:P1}, expected 20 % or more, "
            + "so no robust data set can be made of its features. Lower the learning rate or ε.");
    }

    var results = new Dictionary<string, SeedResults>();
    var byPattern = new Dictionary<string, double[]>();
    var created = new Dictionary<FeatureDatasetKind, IDataView>();
    Learn("D", images.Train, new StandardObjective());
    Learn("D adversarial", images.Train, experiment.AdversarialObjective);
    var quarter = ml.Data.TakeRows(images.Train, settings.Rows / 4);
    using (var weak = experiment.Train("weak", quarter, new StandardObjective(), 1, epochs: 2))
    {
        ITransformer[] ensemble =
            [.. Enumerable.Range(2, 3).Select(seed => experiment.Train("another", images.Train, new StandardObjective(), seed))];
        foreach (var kind in Enum.GetValues<FeatureDatasetKind>())
        {
            var classifier = kind switch
            {
                FeatureDatasetKind.Robust => adversarial,
                FeatureDatasetKind.MislabeledOnly => weak,
                _ => standard,
            };
            created[kind] = experiment.CreateFeatureDataset(kind, classifier, ensemble);
            Learn(kind.ToString(), created[kind], new StandardObjective());
        }

        Array.ForEach(ensemble, other => ((IDisposable)other).Dispose());
    }

    WriteResults();
    CompareModels();
    experiment.Finish();

    string[] expected = isKnown ? ["D", "Robust", "ShiftedLabels"] : ["Robust", "ShiftedLabels", "NonTransferable"];
    var failed = expected.Where(set => !Holds(set)).ToList();
    sample.WriteMetrics(new
    {
        sets = results.Values.ToDictionary(o => o.DataSet, o => new { o.Clean, o.Robust }),
        epsilon = settings.Evaluation.Epsilon,
        norm = "L2",
        perturbation = settings.Epsilon,
        trainingEpsilon = settings.TrainingEpsilon,
        byPattern,
        settings = $"{settings}",
        failed,
        seconds = watch.Elapsed.TotalSeconds,
    });
    Console.WriteLine(
        $"metrics.json and the data sets are in {sample.OutputFolder}; it took {watch.Elapsed.TotalMinutes:F1} minutes.");
    Console.WriteLine(failed.Count == 0
        ? $"The expected results of {string.Join(", ", expected)} hold, outside the range of the seeds."
        : $"NOT reproduced: the expected results of {string.Join(", ", failed)}.");
    return failed.Count == 0 ? 0 : 1;

    void Learn(string set, IDataView rows, TrainingObjective objective)
    {
        var (clean, robust, pattern) = (new double[settings.Seeds], new double[settings.Seeds], new double[settings.Seeds]);
        for (var seed = 0; seed < settings.Seeds; seed++)
        {
            using var network = experiment.Train($"on {set}", rows, objective, 11 + seed);
            (clean[seed], robust[seed]) = experiment.Measure(network);
            if (isKnown)
                pattern[seed] = KnownFeatures.ShareDecidedByPattern(ml, network, settings.TestRows);
        }

        results[set] = new SeedResults(set, clean, robust);
        if (isKnown)
            byPattern[set] = pattern;
        Console.WriteLine($"{set}: clean {SeedResults.Format(clean)}, robust {SeedResults.Format(robust)}"
            + (isKnown ? $", by the pattern {SeedResults.Format(pattern)}" : ""));
    }

    void WriteResults()
    {
        var table = new Table().AddColumns("trained on", "clean", "robust")
            .AddColumns(isKnown ? ["by the pattern"] : []).AddColumns("paper: clean", "robust");
        foreach (var (set, found) in results)
        {
            string[] pattern = isKnown ? [SeedResults.Format(byPattern[set])] : [];
            var published = PublishedResults.Of(set);
            var (clean, robust) = (SeedResults.Format(found.Clean), SeedResults.Format(found.Robust));
            table.AddRow([set, clean, robust, .. pattern, published.Clean, published.Robust]);
        }

        AnsiConsole.Write(table);
        foreach (var set in results.Keys)
        {
            var published = PublishedResults.Of(set);
            Console.WriteLine($"{set}: {(Holds(set) ? published.Conclusion : published.Otherwise)}");
        }
    }

    void CompareModels()
    {
        var network = isKnown ? ModelArchitecture.ConvNet(16, 64) : ModelArchitecture.MultilayerPerceptron(128);
        using var other = experiment.Train("other architecture", images.Train, new StandardObjective(), 1, network: network);
        var models = new Dictionary<string, ITransformer>
        {
            ["standard"] = standard,
            ["other architecture"] = other,
            ["adversarially trained"] = adversarial,
        };
        var attack = new ProjectedGradientDescent(settings.Evaluation) { Steps = 20 };
        var transfer = ml.MulticlassClassification.EvaluateTransfer(
            models, images.Test, attack, cancellation: sample.Cancellation);
        Console.WriteLine($"Accuracy on the adversarial examples of each:\n{transfer}");
        models.Remove("other architecture");
        Console.WriteLine(ml.MulticlassClassification.EvaluateCorruptions(
            models, ml.Data.TakeRows(images.Test, 500), new CorruptionOptions { CancellationToken = sample.Cancellation }));
        foreach (var kind in new[] { FeatureDatasetKind.RandomLabels, FeatureDatasetKind.ShiftedLabels })
        {
            var leakage = ml.MulticlassClassification.MeasureFeatureLeakage(
                adversarial, created[kind], images.Test, cancellation: sample.Cancellation);
            Console.WriteLine($"{kind}: {leakage}");
        }
    }

    bool Holds(string set) => ExpectedResults.Hold(set, results, byPattern);
}
