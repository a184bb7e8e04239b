using System.Collections.Concurrent;
using System.Globalization;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Faults.Processes;

namespace ML.Robustness.Faults.Mutations;

/// <summary>Reads damaged files of every format in child processes, and counts what comes of them.</summary>
internal static class MutationPart
{
    private const int FilesAChild = 250;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), StartPatience = TimeSpan.FromMinutes(2);

    internal static void Run(FaultOptions options, Summary summary)
    {
        using var folder = new TemporaryFolder();
        var chosen = FormatTable.Chosen(options.Format);
        var files = Math.Max(1, options.Files / chosen.Count);
        var counts = chosen.ToDictionary(format => format, _ => new long[Enum.GetValues<Outcome>().Length]);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount) };
        var formats = Partitioner.Create(chosen, EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(formats, parallel, format =>
        {
            var path = folder.Write($"{format.Name}.honest", format.Honest);
            for (var next = 0; next < files;)
                next = RunChild(format, path, options.Seed, next, Math.Min(FilesAChild, files - next), counts[format], summary);
        });
        summary.Add(
            $"Damaged files, {files} of each format, seed {options.Seed}. Of the outcomes from 'silent' on there must be none.",
            ["equal", "documented error", "other content", "silent difference!", "wrong exception!", "crash!", "hang!",
                "over-allocation!"],
            counts.Select(entry => (entry.Key.Name, (IReadOnlyList<long>)entry.Value)));
    }

    /// <summary>Runs a child, which may not come to the end; returns the number of the next file.</summary>
    private static int RunChild(
        FileFormat format, string honest, int seed, int first, int count, long[] counts, Summary summary)
    {
        using var child = Child.Start("mutant", format.Name, honest, Text(seed), Text(first), Text(count));
        int? open = null;
        var next = first;
        while (child.ReadLine(open is null && next == first ? StartPatience : Patience) is { } line)
        {
            var words = line.Split(' ', 4);
            if (words[0] == MutationChild.Begin)
                open = Number(words[1]);
            else if (words[0] == MutationChild.End)
            {
                (open, next) = (null, Number(words[1]) + 1);
                Count((Outcome)Number(words[2]), next - 1, words[3]);
            }
        }
        if (next == first + count)
            return next;
        var ended = child.WaitForEnd(TimeSpan.FromSeconds(2));
        if (open is not { } index)
        {
            summary.Fault($"{format.Name}: the child ended before file {next}: {child.Errors}");
            return first + count;
        }
        Count(child.TookTooMuch ? Outcome.OverAllocation : ended ? Outcome.Crash : Outcome.Hang, index,
            $"{new Mutator(format, seed).Make(index).What}: "
            + (ended ? $"exit code {child.ExitCode} {child.Errors[..Math.Min(300, child.Errors.Length)]}" : "no end"));
        return index + 1;

        void Count(Outcome outcome, int file, string detail)
        {
            lock (counts)
                counts[(int)outcome]++;
            if (outcome < Outcome.SilentDifference)
                return;
            var kept = Regressions.Keep(format, new Mutator(format, seed).Make(file).File);
            Console.WriteLine($"{format.Name}, file {file}, {outcome}: {detail[..Math.Min(400, detail.Length)]}; kept as "
                + Path.GetFileName(kept));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
