namespace ML.Robustness.Faults.Formats;

/// <summary>Takes a file out of a run that writes it again and again.</summary>
internal static class Capture
{
    /// <summary>The file as it was in the middle of the run.</summary>
    /// <param name="run">Runs with a path, and calls what it is given from time to time.</param>
    internal static byte[] Middle(Action<string, Action> run)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("file");
        var seen = new List<byte[]>();
        run(path, () =>
        {
            if (File.Exists(path) && File.ReadAllBytes(path) is var bytes
                && (seen.Count == 0 || !bytes.AsSpan().SequenceEqual(seen[^1])))
                seen.Add(bytes);
        });
        return seen.Count > 0 ? seen[seen.Count / 2]
            : throw new InvalidOperationException("The run wrote no file before its end: give it more work.");
    }
}
