using System.Diagnostics;
using System.Globalization;
using ML.Robustness.Faults;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Faults.Fuzzing;
using ML.Robustness.Faults.Interruptions;
using ML.Robustness.Faults.Mutations;

// Runs the parts and prints their tables. Exit code: 0 no faults, 1 faults, 2 wrong arguments.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["mutant", var format, var honest, var seed, var first, var count]:
        return MutationChild.Run(FormatTable.Of(format), honest, Number(seed), Number(first), Number(count));
    case ["read", var format, var path]:
        return Harness.Read(FormatTable.Of(format), path);
    case ["fuzz", var format, var part, var honest]:
        return Harness.Run(format, Number(part), honest);
    case ["work", var kind, var path]:
        return Work.Run(kind, path);
    case ["threads", var rounds, var seed, var minutes]:
        return ThreadPart.RunChild(Number(rounds), Number(seed), Number(minutes));
}

var parts = new Dictionary<string, Action<FaultOptions, Summary>>
{
    ["mutations"] = MutationPart.Run,
    ["kills"] = KillPart.Run,
    ["pairs"] = PairPart.Run,
    ["disk"] = DiskPart.Run,
    ["threads"] = ThreadPart.Run,
    ["fuzz"] = FuzzPart.Run,
    ["soak"] = ThreadPart.Soak,
};
FaultOptions options;
try
{
    options = FaultOptions.Parse(args, parts.Keys);
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

var summary = new Summary();
foreach (var (name, run) in parts)
{
    if (options.Parts.Count > 0 && !options.Parts.Contains(name))
        continue;
    Console.WriteLine($"{name}, seed {options.Seed}");
    var watch = Stopwatch.StartNew();
    run(options, summary);
    summary.Line($"The part '{name}' took {watch.Elapsed.TotalSeconds:F0} s.\n");
    Console.WriteLine(summary.TakeNew());
}

Console.WriteLine(summary.HasFaults ? "There are faults." : "No faults.");
if (options.Report is not null)
    File.WriteAllText(options.Report, summary.ToString());
return summary.HasFaults ? 1 : 0;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
