using System.Reflection;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

internal sealed class ModelLoadContext : IDisposable
{
    public const string ModelStreamName = "Model.key";

    public readonly RepositoryReader Repository;
    public readonly string Directory;
    public readonly BinaryReader Reader;
    public readonly string[] Strings;
    public readonly string LoaderAssemblyName;
    internal ModelHeader Header;

    private readonly IExceptionContext _context;
    private readonly long _start;

    internal ModelLoadContext(RepositoryReader rep, Stream entry, string dir)
        : this(new BinaryReader(entry, Encoding.UTF8, leaveOpen: true), rep.ExceptionContext)
    {
        Repository = rep;
        Directory = dir;
    }

    internal ModelLoadContext(BinaryReader reader, IExceptionContext ectx = null)
    {
        _context = ectx;
        _start = reader.BaseStream.Position;
        Reader = reader;
        Header = ModelHeader.Read(reader);
        Strings = Header.Strings;
        LoaderAssemblyName = Header.LoaderAssemblyName;
    }

    public bool InRepository => Repository != null;

    public void CheckAtModel() => _context.Check(Reader.BaseStream.Position == _start + ModelHeader.Size);

    public void CheckAtModel(VersionInfo ver)
    {
        CheckAtModel();
        Header.CheckVersionInfo(ver);
    }

    public void CheckVersionInfo(VersionInfo ver) => Header.CheckVersionInfo(ver);

    public string LoadStringOrNull()
    {
        int index = Reader.ReadInt32();
        _context.CheckDecode(index >= -1 && index < Strings.Length);
        return index >= 0 ? Strings[index] : null;
    }

    public string LoadString()
    {
        string text = LoadStringOrNull();
        Contracts.CheckDecode(text != null);
        return text;
    }

    public string LoadNonEmptyString()
    {
        string text = LoadString();
        _context.CheckDecode(text.Length > 0);
        return text;
    }

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string dir, params object[] extra)
        where TRes : class
    {
        if (!LoadModelOrNull<TRes, TSig>(env, out result, rep, dir, extra))
            throw env.ExceptDecode("Corrupt model file");
    }

    public static bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string dir, params object[] extra)
        where TRes : class
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(rep, nameof(rep));
        using Stream entry = rep.OpenEntryOrNull(dir, ModelStreamName);
        result = null;
        if (entry == null)
            return false;
        using var context = new ModelLoadContext(rep, entry, dir);
        result = context.Create<TRes, TSig>(env, extra) ?? throw env.ExceptDecode($"Couldn't load model: '{dir}'");
        return true;
    }

    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra)
        where TRes : class
    {
        if (!LoadModelOrNull<TRes, TSig>(env, out result, name, extra))
            throw _context.ExceptDecode("Corrupt model file");
    }

    public bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra)
        where TRes : class
    {
        _context.CheckValue(env, nameof(env));
        _context.Check(InRepository, "Can't load a sub-model when reading from a single stream");
        return LoadModelOrNull<TRes, TSig>(env, out result, Repository, Path.Combine(Directory ?? "", name), extra);
    }

    public bool TryProcessSubModel(string dir, Action<ModelLoadContext> action)
    {
        string path = Path.Combine(Directory ?? "", dir);
        using Stream entry = OpenOrNull(path, ModelStreamName);
        if (entry == null)
            return false;
        using var context = new ModelLoadContext(Repository, entry, path);
        action(context);
        return true;
    }

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        using Stream entry = OpenOrNull(Directory, name);
        if (entry == null)
            return false;
        using var reader = new BinaryReader(entry, Encoding.UTF8, leaveOpen: true);
        action(reader);
        return true;
    }

    public bool TryLoadTextStream(string name, Action<TextReader> action)
    {
        using Stream entry = OpenOrNull(Directory, name);
        if (entry == null)
            return false;
        using var reader = new StreamReader(entry);
        action(reader);
        return true;
    }

    public void Dispose()
    {
        if (InRepository)
            Reader.Dispose();
    }

    private Stream OpenOrNull(string directory, string name)
    {
        _context.Check(InRepository, "Can't Load a sub-model when reading from a single stream");
        _context.CheckNonEmpty(name, nameof(name));
        return Repository.OpenEntryOrNull(directory, name);
    }

    /// <summary>The assembly that wrote the block is loaded by its name; its class for the loader signature reads the block.</summary>
    private TRes Create<TRes, TSig>(IHostEnvironment environment, object[] extra)
        where TRes : class
    {
        if (!string.IsNullOrEmpty(LoaderAssemblyName))
            environment.ComponentCatalog.RegisterAssembly(Assembly.Load(LoaderAssemblyName));
        object[] arguments = [this, .. extra];
        foreach (string name in new[] { Header.LoaderSignature, Header.LoaderSignatureAlt })
        {
            if (string.IsNullOrWhiteSpace(name) || !environment.ComponentCatalog.TryCreateInstance(environment, name, typeof(TSig), arguments, out object created))
                continue;
            if (created is not TRes result)
                continue;
            Contracts.CheckDecode(Reader.BaseStream.Position - _start == ModelHeader.Size + Header.ModelLength);
            return result;
        }
        return null;
    }
}
