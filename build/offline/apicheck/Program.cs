// apicheck [--list] [--lists FOLDER] ASSEMBLY.dll …
// Compares the public API of the stand-ins with the lists of the real one, or prints it with --list.
using System.Reflection;
using ApiCheck;

var arguments = args.ToList();
var listOnly = arguments.Remove("--list");
var folder = Path.Combine(RepositoryRoot(), "..", "shared", "reference", "api");
var at = arguments.IndexOf("--lists");
if (at >= 0 && at + 1 < arguments.Count)
{
    folder = arguments[at + 1];
    arguments.RemoveRange(at, 2);
}

if (arguments.Count == 0)
{
    Console.Error.WriteLine("usage: apicheck [--list] [--lists FOLDER] ASSEMBLY.dll ...");
    return 2;
}

var missing = arguments.Where(path => !File.Exists(path)).ToList();
if (missing.Count > 0)
{
    Console.Error.WriteLine($"api: no such file: {string.Join(", ", missing)}. Build the stand-ins first.");
    return 2;
}

if (!listOnly && !Directory.Exists(folder))
{
    Console.WriteLine("api: skipped: ../shared is absent");
    return 0;
}

var directories = arguments.Select(path => Path.GetDirectoryName(Path.GetFullPath(path))).Distinct().ToList();
AppDomain.CurrentDomain.AssemblyResolve += (_, request) => directories
    .Select(directory => Path.Combine(directory, new AssemblyName(request.Name).Name + ".dll"))
    .Where(File.Exists).Select(Assembly.LoadFrom).FirstOrDefault();

int checkedMembers = 0, unknown = 0;
var real = listOnly ? null : new RealApi(folder);
foreach (var path in arguments)
{
    var assembly = Assembly.LoadFrom(Path.GetFullPath(path));
    var name = assembly.GetName().Name;
    var lines = ApiList.Of(assembly);
    if (listOnly)
    {
        lines.ForEach(line => Console.WriteLine(line));
        continue;
    }

    if (!real.Knows(name))
    {
        Console.WriteLine($"{name}: no list of the real API for this assembly");
        unknown += lines.Count;
        checkedMembers += lines.Count;
        continue;
    }

    foreach (var line in lines)
    {
        checkedMembers++;
        if (real.Objection(name, line) is { } objection)
        {
            unknown++;
            Console.WriteLine($"{name}: {objection}: {line}");
        }
    }
}

if (!listOnly)
    Console.WriteLine($"api: {checkedMembers} members checked, {unknown} unknown");
return unknown == 0 ? 0 : 1;

static string RepositoryRoot()
{
    for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory != null; directory = directory.Parent)
    {
        if (Directory.Exists(Path.Combine(directory.FullName, "build", "offline", "apicheck")))
            return directory.FullName;
    }

    return Directory.GetCurrentDirectory();
}
