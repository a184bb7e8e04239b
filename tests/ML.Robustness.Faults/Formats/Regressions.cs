using System.Security.Cryptography;

namespace ML.Robustness.Faults.Formats;

/// <summary>The files that once went wrong; an ordinary test reads them all.</summary>
internal static class Regressions
{
    private const int NameLength = 12;

    private static string Folder => Path.Combine(Repository.Root, "tests", "ML.Robustness.Faults", "Regressions");

    /// <summary>The names of all files.</summary>
    internal static IReadOnlyList<string> Names => [.. Directory.GetFiles(Folder, "*.bin")
        .Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    internal static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The format of a file, which its name begins with.</summary>
    internal static FileFormat FormatOf(string name) => FormatTable.Of(name[..name.LastIndexOf('.', name.Length - NameLength)]);

    /// <summary>Keeps a file.</summary>
    internal static string Keep(FileFormat format, byte[] file)
    {
        var path = PathOf($"{format.Name}.{Convert.ToHexString(SHA256.HashData(file))[..NameLength]}.bin");
        File.WriteAllBytes(path, file);
        return path;
    }
}
