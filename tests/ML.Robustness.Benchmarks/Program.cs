using ML.Robustness.Benchmarks;

// Benchmarks print, they assert nothing: [training | attacks | features] [--rounds N] [--steps N] [--threads N]
string[] names = ["training", "attacks", "features"];
var options = new Dictionary<string, int> { ["--rounds"] = 5, ["--steps"] = 6, ["--threads"] = 2 };
var chosen = args.Length > 0 && names.Contains(args[0]) ? [args[0]] : names;
for (var i = args.Length > 0 && names.Contains(args[0]) ? 1 : 0; i < args.Length; i += 2)
{
    if (!options.ContainsKey(args[i]) || i + 1 == args.Length || !int.TryParse(args[i + 1], out var value) || value < 1)
    {
        Console.Error.WriteLine($"Expected [{string.Join(" | ", names)}], then options, each with a number of 1 or more: {string.Join(' ', options.Keys)}. Got '{string.Join(' ', args)}'.");
        return 2;
    }

    options[args[i]] = value;
}

foreach (var name in chosen)
{
    if (name == "training")
        AdversarialTrainingBenchmark.Run(options["--rounds"], options["--steps"], options["--threads"]);
    else if (name == "attacks")
        AttackBenchmark.Run(options["--rounds"], options["--threads"]);
    else
        FeatureDatasetBenchmark.Run(options["--rounds"], options["--threads"]);
}

return 0;
