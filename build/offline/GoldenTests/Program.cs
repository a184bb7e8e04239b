using GoldenTests;

// GoldenTests [FOLDER] [--only TEXT]: runs the facts in FOLDER (default: ../shared/reference/golden beside the repository, or GOLDEN_FACTS).
// --only TEXT: just the cases whose file or title contains TEXT.
// On the real Microsoft.ML the facts that not-imitated.txt lists may hold; on the stand-ins they must not, so that the list stays true.
var only = args.SkipWhile(argument => argument != "--only").Skip(1).FirstOrDefault();
var folder = args.TakeWhile(argument => !argument.StartsWith("--")).FirstOrDefault() ?? Environment.GetEnvironmentVariable("GOLDEN_FACTS") ?? FindFacts();
if (folder == null || !Directory.Exists(folder))
{
    Console.WriteLine("golden: skipped: ../shared/reference/golden is absent");
    return 0;
}

var isReal = typeof(Microsoft.ML.MLContext).GetProperty("BinaryClassification") != null;
var notImitated = NotImitated.Read(Path.Combine(AppContext.BaseDirectory, "not-imitated.txt"));
var files = Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(FactFile.Read).ToList();
var (holds, listed, failed) = (0, 0, 0);
Directory.CreateDirectory(Fx.Tmp);
try
{
    foreach (var file in files)
        Run(file);
}
finally
{
    Directory.Delete(Fx.Tmp, recursive: true);
}
foreach (var entry in notImitated.Unknown(files))
    Fail(entry, "not-imitated.txt lists it, but there is no such case");
Console.WriteLine($"golden: {holds} facts hold, {listed} not imitated, {failed} failed");
return failed == 0 ? 0 : 1;

void Run(FactFile file)
{
    var before = (holds, listed, failed);
    var runner = new FactRunner(file);
    foreach (var (fact, difference) in runner.Run(fact => only == null || Name(file, fact).Contains(only)))
    {
        var name = Name(file, fact);
        var isListed = notImitated.Contains(file, fact);
        if (difference == null && isListed && !isReal)
            Fail(name, "holds, though not-imitated.txt lists it: take it out of the list");
        else if (difference == null)
            holds++;
        else if (isListed)
            listed++;
        else
            Fail(name, difference);
    }
    if (failed > before.failed)
        runner.MissingMembers.Distinct().ToList().ForEach(member => Console.WriteLine("    " + member));
    Console.WriteLine($"{file.Name}: {holds - before.holds} hold, {listed - before.listed} not imitated, {failed - before.failed} failed");
}

static string Name(FactFile file, FactCase fact) => $"{file.Name} | {NotImitated.OneLine(fact.Title)}";

void Fail(string name, string why)
{
    failed++;
    Console.WriteLine($"FAILED {name}\n    {why}");
}

static string FindFacts()
{
    for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent != null; parent = parent.Parent)
    {
        var facts = Path.Combine(parent.FullName, "shared", "reference", "golden");
        if (Directory.Exists(facts))
            return facts;
    }
    return null;
}
