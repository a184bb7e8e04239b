using System.Diagnostics;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Faults.Processes;

namespace ML.Robustness.Faults.Mutations;

/// <summary>Reads damaged files one after the other, and prints before and after each what it does.</summary>
internal static class MutationChild
{
    internal const string Begin = "begin", End = "end";
    internal const long MostBytes = 512L << 20;

    internal static int Run(FileFormat format, string honestPath, int seed, int first, int count)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("file");
        format.Honest = File.ReadAllBytes(honestPath);
        var honest = Read(format, path, format.Honest);
        (honest, var allocated, var peak) = Measure(() => Read(format, path, format.Honest));
        var mutator = new Mutator(format, seed);
        for (var index = first; index < first + count; index++)
        {
            var mutant = mutator.Make(index);
            Console.WriteLine($"{Begin} {index}");
            var watch = Stopwatch.StartNew();
            var detail = "";
            var (outcome, bytes, resident) = Measure(() => Judge(format, path, mutant, honest, out detail));
            if (bytes - allocated > MostBytes || resident - peak > MostBytes)
            {
                detail = $"{bytes >> 20} MB allocated, {resident >> 20} MB resident at most; {outcome} {detail}";
                outcome = Outcome.OverAllocation;
            }
            detail = $"{mutant.What}: {detail} ({watch.ElapsedMilliseconds} ms)";
            Console.WriteLine($"{End} {index} {(int)outcome} {detail.ReplaceLineEndings(" ")}");
        }
        return 0;
    }

    private static Outcome Judge(FileFormat format, string path, Mutant mutant, string honest, out string detail)
    {
        File.WriteAllBytes(path, mutant.File);
        var outcome = Formats.Judge.Read(format, path, honest, out detail);
        return outcome == Outcome.SilentDifference && (mutant.IsSealed || !format.HasChecksum) ? Outcome.OtherContent : outcome;
    }

    private static string Read(FileFormat format, string path, byte[] file)
    {
        File.WriteAllBytes(path, file);
        return format.Read(path);
    }

    private static (T Result, long Allocated, long Peak) Measure<T>(Func<T> work)
    {
        ProcessMemory.ResetPeak();
        var before = GC.GetTotalAllocatedBytes(precise: false);
        var result = work();
        return (result, GC.GetTotalAllocatedBytes(precise: false) - before, ProcessMemory.Peak());
    }
}
