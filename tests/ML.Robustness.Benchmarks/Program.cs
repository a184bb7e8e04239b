using ML.Robustness.Benchmarks;

// Benchmarks print, they assert nothing: [--rounds N] [--steps N] [--threads N]
var options = new Dictionary<string, int> { ["--rounds"] = 5, ["--steps"] = 6, ["--threads"] = 2 };
for (var i = 0; i < args.Length; i += 2)
{
    if (!options.ContainsKey(args[i]) || i + 1 == args.Length || !int.TryParse(args[i + 1], out var value) || value < 1)
    {
        Console.Error.WriteLine($"Options, each with a number of 1 or more: {string.Join(' ', options.Keys)}. Got '{string.Join(' ', args)}'.");
        return 2;
    }

    options[args[i]] = value;
}

AdversarialTrainingBenchmark.Run(options["--rounds"], options["--steps"], options["--threads"]);
return 0;
