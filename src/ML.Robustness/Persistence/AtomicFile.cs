namespace ML.Robustness.Persistence;

/// <summary>Atomic writing of a file: a temporary file is written, flushed to disk and renamed.</summary>
internal static class AtomicFile
{
    /// <summary>Writes the file; on failure the old file is unchanged and no temporary file is left.</summary>
    /// <exception cref="IOException">The file cannot be written, or another run is writing it.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        using var owned = OwnedPath.Take(path);
        owned.Write(write);
    }

    /// <summary>Throws an error at once if the file cannot be written later.</summary>
    /// <exception cref="IOException">
    /// The folder is missing or not writable, the path is a folder, or another run is writing it.
    /// </exception>
    internal static void CheckWritable(string path) => OwnedPath.Take(path).Dispose();
}
