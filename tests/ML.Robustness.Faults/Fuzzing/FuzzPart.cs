using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Faults.Processes;

namespace ML.Robustness.Faults.Fuzzing;

/// <summary>Reads what afl++ makes of each file by the branches that the readers take.</summary>
internal static class FuzzPart
{
    private const string TimeoutMilliseconds = "10000";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static void Run(FaultOptions options, Summary summary)
    {
        using var program = InstrumentedProgram.Create(out var why);
        if (program is null)
        {
            summary.Line($"Coverage-guided: skipped, since {why}.\n");
            return;
        }
        var rows = new ConcurrentDictionary<string, long[]>();
        (FileFormat Format, int Part)[] harnesses = [.. FormatTable.Chosen(options.Format).SelectMany(format =>
            format.Parts.Count == 0 ? [(format, Harness.WholeFile)]
            : Enumerable.Range(0, format.Parts.Count).Where(part => format.Parts[part].Name != "values")
                .Select(part => (format, part)))];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount) };
        Parallel.ForEach(Partitioner.Create(harnesses, EnumerablePartitionerOptions.NoBuffering), parallel, harness =>
        {
            var (format, part) = harness;
            var name = part == Harness.WholeFile ? format.Name : $"{format.Name}, {format.Parts[part].Name} sealed";
            rows[name] = Run(program.Path, format, part, name, options, summary);
        });
        summary.Add($"Coverage-guided by afl++, {options.FuzzSeconds} s each, seed {options.Seed}.",
            ["runs", "new paths", "seen again in a plain process!", "not seen again", "not started!"],
            rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => (row.Key, (IReadOnlyList<long>)row.Value)));
    }

    private static long[] Run(
        string program, FileFormat format, int part, string name, FaultOptions options, Summary summary)
    {
        using var folder = new TemporaryFolder();
        var (seeds, output) = (Directory.CreateDirectory(folder.PathOf("seeds")).FullName, folder.PathOf("output"));
        var honest = folder.Write("honest", format.Honest);
        File.WriteAllBytes(Path.Combine(seeds, "honest"),
            part == Harness.WholeFile ? format.Honest : format.Parts[part].Content);
        string[] arguments =
        [
            "-i", seeds, "-o", output, "-t", TimeoutMilliseconds, "-m", "none", "-V", Text(options.FuzzSeconds), "-s",
            Text(options.Seed), "--", "dotnet", program, "fuzz", format.Name, Text(part), honest,
        ];
        var start = MemoryLimit.StartOf("afl-fuzz", arguments);
        foreach (var (variable, value) in Variables)
            start.Environment[variable] = value;
        using (var process = Process.Start(start)!)
        {
            var text = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            var stats = Path.Combine(output, "default", "fuzzer_stats");
            if (!File.Exists(stats))
            {
                summary.Fault($"{name}: afl-fuzz ended with {process.ExitCode}: {Tail(text.Result + errors)}");
                return [0, 0, 0, 0, 1];
            }
        }
        var numbers = Numbers(Path.Combine(output, "default", "fuzzer_stats"));
        var (again, once) = (0, 0);
        foreach (var path in Found(output))
        {
            var file = Harness.FileOf(format, part, File.ReadAllBytes(path));
            var copy = folder.Write("found", file);
            if (Check(format, copy) is not { } fault)
            {
                once++;
                continue;
            }
            again++;
            summary.Fault($"{name}: {fault}; kept as {Path.GetFileName(Regressions.Keep(format, file))}");
        }
        return [numbers["execs_done"], numbers["corpus_found"], again, once, 0];
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables => new Dictionary<string, string>
    {
        ["AFL_SKIP_BIN_CHECK"] = "1",
        ["AFL_SKIP_CPUFREQ"] = "1",
        ["AFL_NO_UI"] = "1",
        ["AFL_NO_AFFINITY"] = "1",
        ["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1",
        ["AFL_FORKSRV_INIT_TMOUT"] = "60000",
    };

    private static IEnumerable<string> Found(string output) => new[] { "crashes", "hangs" }
        .Select(kind => Path.Combine(output, "default", kind)).Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder, "id*"));

    /// <summary>Reads a file in a process of its own; what went wrong, or null.</summary>
    private static string? Check(FileFormat format, string path)
    {
        using var child = Child.Start("read", format.Name, path);
        if (child.ReadLine(Patience) is { } line)
            return line[0] - '0' >= (int)Outcome.SilentDifference ? line : null;
        return child.TookTooMuch ? "over-allocation" : child.WaitForEnd(TimeSpan.FromSeconds(1))
            ? $"crash with exit code {child.ExitCode}" : "hang";
    }

    private static Dictionary<string, long> Numbers(string path) => File.ReadLines(path)
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .Where(words => words.Length == 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Tail(string text) => text[^Math.Min(600, text.Length)..];
}
