using System.Security.Cryptography;

namespace ML.Robustness.Persistence;

/// <summary>A path that one run writes and no other: a lock of the operating system, held until it is disposed.</summary>
/// <remarks>
/// The lock is on an empty file beside the path, so that it holds within a process, between processes, and ends with a killed
/// process. What is written goes to a second file beside the path, which is flushed to disk and renamed.
/// </remarks>
internal sealed class OwnedPath : IDisposable
{
    internal const string PartialSuffix = ".partial";

    private const string LockSuffix = ".lock";
    private const int Attempts = 100;

    // Of Windows a file in use and a locked part of a file; EAGAIN of Linux and of macOS.
    private static readonly int[] InUse = [32, 33, 11, 35];

    private readonly FileStream _lock;

    private OwnedPath(string path, FileStream held) => (Path, _lock) = (path, held);

    internal string Path { get; }

    /// <summary>The second file.</summary>
    internal string Partial => Path + PartialSuffix;

    /// <summary>Takes the path, or throws at once.</summary>
    /// <exception cref="IOException">
    /// Another run is writing the path, its folder is missing or not writable, or the path is a folder.
    /// </exception>
    internal static OwnedPath Take(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path));
        if (Directory.Exists(path))
            throw new IOException($"Cannot write '{path}': it is a folder. Give the path of a file.");
        if (!Directory.Exists(folder))
            throw new IOException($"Cannot write '{path}': the folder '{folder}' does not exist. Create it first.");
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (TryLock(path + LockSuffix) is { } held)
                    return new OwnedPath(path, held);
            }
        }
        catch (IOException error) when (InUse.Contains(error.HResult & 0xFFFF))
        {
            throw InUseBy(path, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, error);
        }

        throw InUseBy(path, null);
    }

    /// <summary>Writes the file; on failure the old file is unchanged and no second file is left.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void Write(Action<Stream> write)
    {
        try
        {
            using (var stream = new FileStream(Partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(Partial, Path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            DeletePartial();
            throw Failure(Path, error);
        }
        catch
        {
            DeletePartial();
            throw;
        }
    }

    /// <summary>Deletes the second file. One that cannot be deleted is overwritten by the next run.</summary>
    internal void DeletePartial()
    {
        try
        {
            File.Delete(Partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            System.Diagnostics.Trace.TraceWarning($"Could not delete '{Partial}': {error.Message}");
        }
    }

    /// <summary>The error of a path that cannot be written.</summary>
    internal static IOException Failure(string path, Exception error) => new(
        $"Cannot write '{path}': {error.Message.TrimEnd('.')}. What the file held before is still there; make room or "
            + "choose another path.", error);

    public void Dispose()
    {
        // While the lock is held, so that a run which opened the file just now sees that it is gone.
        if (!OperatingSystem.IsWindows())
            Delete(_lock.Name);
        _lock.Dispose();
    }

    /// <summary>Locks the file; null where it was deleted, by the run that held it, before it was locked here.</summary>
    private static FileStream? TryLock(string path)
    {
        // Windows deletes by the handle; elsewhere .NET gives up the lock before it deletes.
        var options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, options);
        if (OperatingSystem.IsWindows())
            return held;
        try
        {
            // A time that no other file has tells whether the path still leads to the file that is locked.
            var mark = DateTime.UnixEpoch.AddSeconds(2 * RandomNumberGenerator.GetInt32(1 << 29));
            File.SetLastWriteTimeUtc(held.SafeFileHandle, mark);
            if (File.GetLastWriteTimeUtc(path) == mark)
                return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }

        held.Dispose();
        return null;
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            System.Diagnostics.Trace.TraceWarning($"Could not delete '{path}': {error.Message}");
        }
    }

    private static IOException InUseBy(string path, Exception? error) => new(
        $"Cannot write '{path}': it is being written by another run. Wait for the other run to end, or choose another path.",
        error);
}
