using ML.Robustness.Persistence;

namespace ML.Robustness.Tests.Testing;

/// <summary>Content of a format in memory: written, and read by the reader of all formats.</summary>
internal static class Stored
{
    internal static byte[] Write(Action<BinaryWriter> write)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
            write(writer);
        return content.ToArray();
    }

    /// <summary>Reads all of it, or throws what is wrong.</summary>
    internal static T Read<T>(byte[] content, Func<CheckedReader, T> read) =>
        CheckedReader.Read(new MemoryStream(content), content.Length, why => new InvalidDataException(why), read);
}
