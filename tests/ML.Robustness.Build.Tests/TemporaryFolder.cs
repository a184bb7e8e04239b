namespace ML.Robustness.Build.Tests;

/// <summary>A folder of its own for a test, deleted with it. It lies beside the program's, so that files of both can be one by
/// links.</summary>
public abstract class TemporaryFolder : IDisposable
{
    protected string Folder { get; } =
        Directory.CreateDirectory(
            Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", Guid.NewGuid().ToString("N")))).FullName;

    protected string In(string name) => Path.Combine(Folder, name);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
