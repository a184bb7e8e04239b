using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public interface IMultiStreamSource
{
    int Count { get; }

    string GetPathOrNull(int index);

    Stream Open(int index);

    TextReader OpenTextReader(int index);
}

/// <summary>Files, those that match a pattern in the order of their names.</summary>
public sealed class MultiFileSource : IMultiStreamSource
{
    private readonly string[] _paths;

    public MultiFileSource(params string[] paths)
    {
        Contracts.CheckValue(paths, nameof(paths));
        _paths = paths.SelectMany(Expand).ToArray();
    }

    public int Count => _paths.Length;

    public string GetPathOrNull(int index)
    {
        Contracts.CheckParam(index >= 0 && index < Count, nameof(index));
        return _paths[index];
    }

    public Stream Open(int index)
    {
        string path = GetPathOrNull(index);
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception)
        {
            throw Contracts.Mark(new IOException($"Could not open file '{path}'. Error is: {exception.Message}", exception));
        }
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));

    internal static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    private static IEnumerable<string> Expand(string path)
    {
        if (!IsPattern(path))
            return [path];
        string folder = Path.GetDirectoryName(path);
        string[] files = Directory.GetFiles(string.IsNullOrEmpty(folder) ? "." : folder, Path.GetFileName(path));
        return files.Order(StringComparer.Ordinal);
    }
}
