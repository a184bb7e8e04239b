using System.IO.Compression;

namespace ML.Robustness.Testing;

/// <summary>
/// A folder of a test's own files, removed with it. It lies beside the program's folder, so that files of both can be linked.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateDirectory(
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", Guid.NewGuid().ToString("N")))).FullName;

    public override string ToString() => _path;

    public string PathOf(string name) => Path.Combine(_path, name);

    public string Write(string name, byte[] content, bool compressed = false)
    {
        var path = PathOf(name);
        using Stream stream = compressed ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path);
        stream.Write(content);
        return path;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
