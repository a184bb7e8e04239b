using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace ML.Robustness.PyTorch.Tests.Testing;

/// <summary>Files of weights made byte by byte.</summary>
internal static class WeightFiles
{
    /// <summary>The bytes of numbers.</summary>
    internal static byte[] Bytes<T>(params T[] numbers)
        where T : struct => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    /// <summary>A file as <c>torch.save</c> writes it: a zip without compression.</summary>
    internal static byte[] Archive(byte[] pickle, params (string Name, byte[] Content)[] parts) =>
        Archive(CompressionLevel.NoCompression, [("archive/data.pkl", pickle), ("archive/byteorder", "little"u8.ToArray()),
            .. parts.Select(part => ($"archive/{part.Name}", part.Content)), ("archive/version", "3\n"u8.ToArray())]);

    internal static byte[] Archive(CompressionLevel level, params (string Name, byte[] Content)[] parts)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in parts)
            {
                using var part = zip.CreateEntry(name, level).Open();
                part.Write(content);
            }
        }

        return file.ToArray();
    }

    internal static byte[] Safetensors(string header, params byte[] numbers)
    {
        var text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. numbers];
    }
}
