using System.IO.Compression;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>The entries of a model file.</summary>
internal static class Entries
{
    /// <summary>Changes the content of the first entry of this name, whose checksum is then right again.</summary>
    internal static void Change(string path, string name, Action<byte[]> change)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Update);
        var entry = zip.Entries.First(entry => entry.Name == name);
        using var stream = entry.Open();
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        change(bytes);
        stream.Position = 0;
        stream.Write(bytes);
    }
}
