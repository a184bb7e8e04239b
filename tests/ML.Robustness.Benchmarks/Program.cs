using ML.Robustness.Benchmarks;

// Benchmarks print, they assert nothing: [training | attacks | explanations] [--rounds N] [--steps N] [--threads N] [--reference FOLDER]
string[] names = ["training", "attacks", "explanations"];
var options = new Dictionary<string, int> { ["--rounds"] = 5, ["--steps"] = 6, ["--threads"] = 2 };
string? reference = null;
var isNamed = args.Length > 0 && names.Contains(args[0]);
for (var i = isNamed ? 1 : 0; i < args.Length; i += 2)
{
    if (args[i] == "--reference" && i + 1 < args.Length && Directory.Exists(Path.Combine(args[i + 1], "captum")))
    {
        reference = args[i + 1];
    }
    else if (!options.ContainsKey(args[i]) || i + 1 == args.Length || !int.TryParse(args[i + 1], out var value) || value < 1)
    {
        Console.Error.WriteLine($"Expected [{string.Join(" | ", names)}], then options, each with a number of 1 or more: {string.Join(' ', options.Keys)}; or --reference with a folder that has the package captum. Got '{string.Join(' ', args)}'.");
        return 2;
    }
    else
    {
        options[args[i]] = value;
    }
}

foreach (var name in isNamed ? [args[0]] : names)
{
    if (name == "training")
        AdversarialTrainingBenchmark.Run(options["--rounds"], options["--steps"], options["--threads"]);
    else if (name == "attacks")
        AttackBenchmark.Run(options["--rounds"], options["--threads"]);
    else
        ExplanationBenchmark.Run(options["--rounds"], options["--threads"], reference);
}

return 0;
