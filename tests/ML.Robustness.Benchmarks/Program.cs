using System.Globalization;
using ML.Robustness.Benchmarks;

// Benchmarks print, they assert nothing.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = new Dictionary<string, int>
{
    ["--rounds"] = 5,
    ["--steps"] = 6,
    ["--threads"] = 2,
    ["--rows"] = 128,
    ["--trees"] = 200,
};
string? reference = null;
var tabular = Path.Combine("..", "shared", "data", "tabular");
string[] packages = ["autoattack", "captum"];
var benchmarks = new Dictionary<string, Action>
{
    ["training"] = () => AdversarialTrainingBenchmark.Run(options["--rounds"], options["--steps"], options["--threads"]),
    ["attacks"] = () => AttackBenchmark.Run(options["--rounds"], options["--threads"]),
    ["autoattack"] = () => AutoAttackBenchmark.Run(options["--rows"], options["--threads"], Reference("autoattack")),
    ["features"] = () => FeatureDatasetBenchmark.Run(options["--rounds"], options["--threads"]),
    ["attributions"] = () => AttributionBenchmark.Run(options["--rounds"], options["--threads"], Reference("captum")),
    ["chain"] = () => ChainBenchmark.Run(options["--rounds"], options["--threads"]),
    ["blackbox"] = () => BlackBoxBenchmark.Run(
        options["--trees"], options["--rows"], options["--rounds"], options["--threads"], tabular),
    ["trees"] = () => TreeAttackBenchmark.Run(options["--trees"], options["--rows"], tabular),
    ["imported"] = () => ImportedNetworkBenchmark.Run(options["--rounds"], options["--threads"]),
};
var isNamed = args.Length > 0 && benchmarks.ContainsKey(args[0]);
for (var i = isNamed ? 1 : 0; i < args.Length; i += 2)
{
    if (args[i] == "--reference" && i + 1 < args.Length
        && Array.Exists(packages, package => Directory.Exists(Path.Combine(args[i + 1], package))))
    {
        reference = args[i + 1];
    }
    else if (args[i] == "--tabular" && i + 1 < args.Length && Directory.Exists(args[i + 1]))
    {
        tabular = args[i + 1];
    }
    else if (!options.ContainsKey(args[i]) || i + 1 == args.Length || !int.TryParse(args[i + 1], out var value) || value < 1)
    {
        Console.Error.WriteLine(
            $"Expected [{string.Join(" | ", benchmarks.Keys)}], then options, each with a number of 1 or "
                + $"more: {string.Join(' ', options.Keys)}; --tabular with a folder; or --reference with a "
                + $"folder that has a package to compare with: {string.Join(", ", packages)}. Got '{string.Join(' ', args)}'.");
        return 2;
    }
    else
    {
        options[args[i]] = value;
    }
}

foreach (var name in isNamed ? [args[0]] : benchmarks.Keys.ToArray())
    benchmarks[name]();
return 0;

string? Reference(string package) =>
    reference is not null && Directory.Exists(Path.Combine(reference, package)) ? reference : null;
