using System.Globalization;
using ML.Robustness.Faults.Processes;

namespace ML.Robustness.Faults.Interruptions;

/// <summary>Threads that use one classifier in every way while it is disposed; by option for as long as is asked for.</summary>
internal static class ThreadPart
{
    private const int Threads = 16, RoundsAtOnce = 20;
    private const long MostGrowth = 256L << 20;

    internal static void Run(FaultOptions options, Summary summary)
    {
        using var child = Start(options.Rounds, options.Seed, 0);
        summary.Add($"{Threads} threads use a classifier while another disposes it, seed {options.Seed}.",
            ["rounds", "calls", "wrong!", "crash!"], [("disposal", Counts(child, options.Rounds, summary))]);
    }

    internal static void Soak(FaultOptions options, Summary summary)
    {
        if (options.SoakMinutes == 0)
            return;
        using var child = Start(int.MaxValue, options.Seed, options.SoakMinutes);
        summary.Add($"The same for {options.SoakMinutes} minutes; memory that grows is wrong.",
            ["rounds", "calls", "wrong!", "crash!"], [("soak", Counts(child, 0, summary))]);
    }

    /// <summary>Does the rounds as a process.</summary>
    internal static int RunChild(int rounds, int seed, int minutes)
    {
        var end = minutes > 0 ? DateTime.UtcNow.AddMinutes(minutes) : DateTime.MaxValue;
        var (done, calls, first) = (0, 0L, 0L);
        for (; done < rounds && DateTime.UtcNow < end; done += RoundsAtOnce)
        {
            var (finished, faults) = DisposalStress.Run(Math.Min(RoundsAtOnce, rounds - done), Threads, seed + done);
            calls += finished;
            foreach (var fault in faults)
                Console.WriteLine($"wrong {fault.ReplaceLineEndings(" ")}");
            var resident = ProcessMemory.Resident(Environment.ProcessId);
            // The first rounds fill the allocators' stores.
            if (done <= 10 * RoundsAtOnce)
                first = resident;
            else if (resident > first + MostGrowth)
                Console.WriteLine($"wrong after {done} rounds {resident >> 20} MB, {first >> 20} MB before");
            Console.WriteLine($"calls {calls} rounds {done + RoundsAtOnce}");
        }
        return 0;
    }

    private static Child Start(int rounds, int seed, int minutes) => Child.Start(
        "threads", rounds.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture),
        minutes.ToString(CultureInfo.InvariantCulture));

    private static long[] Counts(Child child, int rounds, Summary summary)
    {
        var (calls, done, wrong) = (0L, 0L, 0L);
        while (child.ReadLine(TimeSpan.FromMinutes(3)) is { } line)
        {
            if (line.Split(' ') is ["calls", var number, "rounds", var round])
                (calls, done) = (
                    long.Parse(number, CultureInfo.InvariantCulture), long.Parse(round, CultureInfo.InvariantCulture));
            else
            {
                wrong++;
                summary.Fault(line);
            }
        }
        var isOver = child.WaitForEnd(TimeSpan.FromSeconds(5));
        var isCrash = !isOver || child.ExitCode != 0;
        if (isCrash)
            summary.Fault(isOver ? $"exit code {child.ExitCode}: {child.Errors}" : "the threads do not end");
        return [rounds > 0 ? Math.Min(done, rounds) : done, calls, wrong, isCrash ? 1 : 0];
    }
}
