using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed class ModelSaveContext : IDisposable
{
    internal readonly RepositoryWriter Repository;
    internal readonly string Directory;
    internal readonly BinaryWriter Writer;
    internal ModelHeader Header = new();

    private readonly List<string> _strings = new();
    private readonly IExceptionContext _context;
    private readonly long _start;

    internal ModelSaveContext(RepositoryWriter rep, string dir, string name)
        : this(new BinaryWriter(rep.CreateEntry(dir, name), Encoding.UTF8), rep.ExceptionContext)
    {
        Repository = rep;
        Directory = dir;
    }

    internal ModelSaveContext(BinaryWriter writer, IExceptionContext ectx = null)
    {
        _context = ectx;
        Writer = writer;
        _start = writer.BaseStream.Position;
        writer.Write(new byte[ModelHeader.Size]);
    }

    internal bool InRepository => Repository != null;

    internal void CheckAtModel() => _context.Check(Writer.BaseStream.Position == _start + ModelHeader.Size);

    internal void SetVersionInfo(VersionInfo ver) => Header.SetVersionInfo(ver);

    internal void SaveTextStream(string name, Action<TextWriter> action)
    {
        using var writer = new StreamWriter(CreateStream(name));
        action(writer);
    }

    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        using var writer = new BinaryWriter(CreateStream(name), Encoding.UTF8);
        action(writer);
    }

    internal void SaveStringOrNull(string str) => Writer.Write(str == null ? -1 : IndexOf(str));

    internal void SaveString(string str)
    {
        _context.CheckValue(str, nameof(str));
        Writer.Write(IndexOf(str));
    }

    internal void SaveNonEmptyString(string str)
    {
        _context.CheckParam(!string.IsNullOrEmpty(str), nameof(str));
        Writer.Write(IndexOf(str));
    }

    internal void SaveModel<T>(T value, string name)
        where T : class
    {
        _context.Check(InRepository, "Can't save a sub-model when writing to a single stream");
        SaveModel(Repository, value, Path.Combine(Directory ?? "", name));
    }

    internal static void SaveModel<T>(RepositoryWriter rep, T value, string path)
        where T : class
    {
        if (value is ICanSaveModel model)
            Save(rep, path, model.Save);
    }

    internal void SaveSubModel(string dir, Action<ModelSaveContext> fn)
    {
        _context.Check(InRepository, "Can't save a sub-model when writing to a single stream");
        Save(Repository, Path.Combine(Directory ?? "", dir), fn);
    }

    internal void Done()
    {
        _context.Check(Header.ModelSignature != 0, "ModelSignature not specified!");
        Header.Finish(Writer, _start, _strings);
        Dispose();
    }

    public void Dispose()
    {
        if (InRepository)
            Writer.Dispose();
    }

    private static void Save(RepositoryWriter repository, string path, Action<ModelSaveContext> save)
    {
        using var context = new ModelSaveContext(repository, path, ModelLoadContext.ModelStreamName);
        save(context);
        context.Done();
    }

    private Stream CreateStream(string name)
    {
        _context.Check(InRepository, "Can't save a text stream when writing to a single stream");
        _context.CheckNonEmpty(name, nameof(name));
        return Repository.CreateEntry(Directory, name);
    }

    private int IndexOf(string text)
    {
        int index = _strings.IndexOf(text);
        if (index >= 0)
            return index;
        _strings.Add(text);
        return _strings.Count - 1;
    }
}
