using System.Buffers.Binary;
using System.IO.Compression;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>A folder of a test's own files, removed with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("ml-robustness-").FullName;

    public string PathOf(string name) => Path.Combine(_path, name);

    public string Write(string name, byte[] content, bool compressed = false)
    {
        var path = PathOf(name);
        using Stream stream = compressed ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path);
        stream.Write(content);
        return path;
    }

    /// <summary>An IDX file: two zeros, the type, the number of dimensions, their sizes, the values.</summary>
    public static byte[] Idx(int[] sizes, byte[] values, byte type = 0x08)
    {
        var header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (type, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. values];
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
