using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The zip archive that a model is written to. An entry reaches the archive when it is disposed.</summary>
internal sealed class RepositoryWriter : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly HashSet<string> _paths = new();

    public RepositoryWriter(Stream stream, IExceptionContext context)
    {
        context.CheckValue(stream, nameof(stream));
        ExceptionContext = context;
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using Stream entry = CreateEntry("TrainingInfo", "Version.txt");
        using var writer = new StreamWriter(entry);
        writer.WriteLine(typeof(RepositoryWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
    }

    public IExceptionContext ExceptionContext { get; }

    public Stream CreateEntry(string directory, string name)
    {
        string path = Path.Combine(directory ?? "", name);
        ExceptionContext.CheckParam(_paths.Add(path), nameof(name), $"Duplicate entry: '{path}'");
        return new Entry(this, path);
    }

    public void Dispose() => _archive.Dispose();

    private sealed class Entry(RepositoryWriter owner, string path) : MemoryStream
    {
        private bool _written;

        protected override void Dispose(bool disposing)
        {
            if (!_written && disposing)
            {
                _written = true;
                using Stream target = owner._archive.CreateEntry(path).Open();
                WriteTo(target);
            }
            base.Dispose(disposing);
        }
    }
}

/// <summary>The zip archive that a model is read from.</summary>
internal sealed class RepositoryReader : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new();

    public RepositoryReader(Stream stream, IExceptionContext context)
    {
        context.CheckValue(stream, nameof(stream));
        ExceptionContext = context;
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in _archive.Entries)
                _entries[entry.FullName.Replace('\\', '/')] = entry;
        }
        catch (Exception exception)
        {
            throw context.ExceptDecode(exception, "Failed to open a zip archive");
        }
    }

    public IExceptionContext ExceptionContext { get; }

    public Stream OpenEntryOrNull(string directory, string name)
    {
        if (!_entries.TryGetValue(Path.Combine(directory ?? "", name).Replace('\\', '/'), out ZipArchiveEntry entry))
            return null;
        var stream = new MemoryStream((int)entry.Length);
        using (Stream source = entry.Open())
            source.CopyTo(stream);
        stream.Position = 0;
        return stream;
    }

    public void Dispose() => _archive.Dispose();
}
