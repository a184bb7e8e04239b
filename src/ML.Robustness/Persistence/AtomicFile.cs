namespace ML.Robustness.Persistence;

/// <summary>Atomic writing of a file: a temporary file is written, flushed to disk and renamed.</summary>
internal static class AtomicFile
{
    private const string PartialSuffix = ".partial";

    /// <summary>Writes the file; on failure the old file is unchanged and no temporary file is left.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        var partial = path + PartialSuffix;
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(partial);
            throw new IOException(
                $"Cannot write '{path}': {error.Message.TrimEnd('.')}. What the file held before is still there; make room or "
                    + $"choose another path.", error);
        }
        catch
        {
            TryDelete(partial);
            throw;
        }
    }

    /// <summary>Throws an error at once if the file cannot be written later.</summary>
    /// <exception cref="IOException">The folder is missing or not writable, or the path is a folder.</exception>
    internal static void CheckWritable(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (Directory.Exists(path)) throw new IOException($"Cannot write '{path}': it is a folder. Give the path of a file.");
        if (!Directory.Exists(folder)) throw new IOException(
            $"Cannot write '{path}': the folder '{folder}' does not exist. Create it first.");
        var partial = path + PartialSuffix;
        try
        {
            using (new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None)) { }
            File.Delete(partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write '{path}': {error.Message}", error);
        }
    }

    // The failure to write is what the caller hears of; a partial file that cannot be deleted is overwritten the next time.
    private static void TryDelete(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            System.Diagnostics.Trace.TraceWarning($"Could not delete '{partial}': {error.Message}");
        }
    }
}
