using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using AttackMyModel;
using Microsoft.ML;
using Samples.Shared;
using Spectre.Console;

// Trains five models on breast-cancer and five on iris, attacks all of them in the units of their raw columns, certifies those
// that have certificates, and shows which columns broke them. Exit code 2 when an attack broke a certified row, or when the
// sample could not run.
var options = new SampleOptions("attack-my-model.json, attack-my-model.png and the two ONNX files", "AttackMyModel");
var data = new Option<DirectoryInfo>("--data")
{
    Description = "Folder with breast-cancer.txt and iris.txt of the tests of dotnet/machinelearning",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("..", "shared", "data", "tabular")),
};
var quick = new Option<bool>("--quick") { Description = "A third of the test rows, fewer steps and queries" };
var command = new RootCommand("Shows how robust five kinds of models are, in the units of their raw columns.")
{
    data, quick, options.Output,
};
return await SampleRunner.RunAsync(command, args, (arguments, cancellation) => Run(
    options.Read(arguments, cancellation) with { DataFolder = arguments.GetValue(data)!.FullName },
    arguments.GetValue(quick) ? ExperimentSettings.Quick : ExperimentSettings.Full));

static int Run(SampleSettings sample, ExperimentSettings settings)
{
    var watch = Stopwatch.StartNew();
    var ml = new MLContext(seed: 1);
    var lines = new List<(TabularProblem Problem, IReadOnlyList<MeasuredModel> Models)>();
    foreach (var problem in TabularProblem.All)
    {
        var models = Experiment.Run(ml, problem, settings, sample);
        lines.Add((problem, models));
        AnsiConsole.Write(Tables.Accuracies(problem, models));
        AnsiConsole.Write(Tables.Columns(problem, models));
    }

    ColumnChart.Draw(lines).SavePng(sample.PathOf("attack-my-model.png"));
    sample.WriteMetrics(Summary.Of(lines, settings, watch.Elapsed), "attack-my-model.json");
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"attack-my-model.json and attack-my-model.png are in {sample.OutputFolder}; it took {watch.Elapsed.TotalSeconds:F0} s. "
        + $"No attack broke a certified row."));
    return 0;
}
