using System.Diagnostics;

namespace ML.Robustness.Faults.Interruptions;

/// <summary>Kills runs at random moments, and runs them again: the result must be that of a run that was left alone.</summary>
internal static class KillPart
{
    private const int KillsARun = 2;

    internal static void Run(FaultOptions options, Summary summary)
    {
        var rows = new List<(string, IReadOnlyList<long>)>();
        foreach (var kind in Work.All.Keys)
        {
            var random = new Random(options.Seed);
            using var folder = new TemporaryFolder();
            var watch = Stopwatch.StartNew();
            var expected = Finish(kind, folder.PathOf("alone"));
            if (expected.Digest is null)
            {
                summary.Fault($"{kind}, left alone: {expected.Error}");
                continue;
            }
            var (kills, equal, different, failed) = (0, 0, 0, 0);
            while (kills < options.Kills)
            {
                var path = folder.PathOf($"killed{kills}");
                for (var times = 0; times < KillsARun; times++, kills++)
                {
                    using var child = new WorkChild(kind, path);
                    child.AwaitBegin();
                    Thread.Sleep((int)(random.NextDouble() * expected.Milliseconds));
                    child.Kill();
                    if (Work.Damage(kind, path) is not { } damage)
                        continue;
                    failed++;
                    summary.Fault($"{kind}, killed: {damage}");
                }
                var found = Finish(kind, path);
                if (found.Digest is null)
                {
                    failed++;
                    summary.Fault($"{kind}, killed: {found.Error}");
                }
                else if (found.Digest != expected.Digest)
                {
                    different++;
                    summary.Fault($"{kind}, killed: another result than when left alone");
                }
                else
                    equal++;
            }
            rows.Add((kind, [kills, equal, different, failed]));
        }
        summary.Add($"Runs killed at random moments, {KillsARun} times each, then run to the end, seed {options.Seed}.",
            ["kills", "equal result", "other result!", "error!"], rows);
    }

    private static (string? Digest, string Error, double Milliseconds) Finish(string kind, string path)
    {
        using var child = new WorkChild(kind, path);
        child.AwaitBegin();
        var watch = Stopwatch.StartNew();
        var (digest, error) = child.AwaitEnd();
        return (digest, error, watch.Elapsed.TotalMilliseconds);
    }
}
