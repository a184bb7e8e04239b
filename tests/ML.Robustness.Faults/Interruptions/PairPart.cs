namespace ML.Robustness.Faults.Interruptions;

/// <summary>Two processes that write one path: one finishes, the other does too or gets one clear error.</summary>
internal static class PairPart
{
    private const string Refusal = "is being written";

    internal static void Run(FaultOptions options, Summary summary)
    {
        var rows = new List<(string, IReadOnlyList<long>)>();
        foreach (var kind in Work.All.Keys)
        {
            using var folder = new TemporaryFolder();
            string? expected;
            using (var alone = new WorkChild(kind, folder.PathOf("alone")))
                expected = alone.AwaitEnd().Digest;
            var counts = new long[4];
            for (var pair = 0; pair < Math.Max(1, options.Kills / 2); pair++)
            {
                var path = folder.PathOf($"pair{pair}");
                using var one = new WorkChild(kind, path);
                using var other = new WorkChild(kind, path);
                (string? Digest, string Error)[] ends = [one.AwaitEnd(), other.AwaitEnd()];
                var finished = ends.Count(end => end.Digest is not null);
                var refused = ends.Count(end => end.Error.StartsWith("IOException", StringComparison.Ordinal)
                    && end.Error.Contains(Refusal, StringComparison.Ordinal));
                var isRight = ends.All(end => end.Digest is null || end.Digest == expected);
                var place = !isRight ? 2 : finished == 2 ? 0 : finished == 1 && refused == 1 ? 1 : 3;
                counts[place]++;
                if (place > 1)
                    summary.Fault($"{kind}, two at once: {string.Join("; ", ends.Select(end => end.Digest ?? end.Error))}");
            }
            rows.Add((kind, counts));
        }
        summary.Add("Two processes on one path.",
            ["both finish", "one finishes, one is refused", "other result!", "other error!"], rows);
    }
}
