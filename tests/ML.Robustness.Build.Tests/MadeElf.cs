using System.Buffers.Binary;
using System.Text;

namespace ML.Robustness.Build.Tests;

/// <summary>A shared library as far as a loader reads versions of symbols: two symbols of libstdc++, each of its version, and a
/// relocation.</summary>
internal static class MadeElf
{
    private const int HeaderSize = 64, SymbolSize = 24, Symbols = 3;

    /// <summary>Makes the file.</summary>
    /// <param name="versions">The versions asked of libstdc++; symbol i + 1 is of version i.</param>
    /// <param name="relocated">The number of the symbol that a relocation names.</param>
    /// <param name="flags">vna_flags of every version: 2 is weak.</param>
    public static byte[] Make(string[] versions, int relocated = 1, ushort flags = 0)
    {
        var names = new MemoryStream();
        int Name(string text)
        {
            var at = (int)names.Length;
            names.Write(Encoding.ASCII.GetBytes(text + '\0'));
            return at;
        }

        Name("");
        var library = Name("libstdc++.so.6");
        var needs = new byte[16 + (16 * versions.Length)];
        Put(needs, 0, (ushort)1, (ushort)versions.Length);
        Put(needs, 4, library, versions.Length == 0 ? 0 : 16, 0);
        for (var i = 0; i < versions.Length; i++)
        {
            var entry = 16 + (16 * i);
            Put(needs, entry, 0x1234);
            Put(needs, entry + 4, flags, (ushort)(2 + i));
            Put(needs, entry + 8, Name(versions[i]), i == versions.Length - 1 ? 0 : 16);
        }

        var versionOfSymbol = new byte[2 * Symbols];
        Put(versionOfSymbol, 2, (ushort)2, (ushort)3);
        var relocation = new byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(relocation.AsSpan(12), relocated);

        return Assemble(
            (Type: 3, Link: 0, Info: 0, names.ToArray()),
            (Type: 11, Link: 1, Info: 0, new byte[SymbolSize * Symbols]),
            (Type: 0x6fffffff, Link: 2, Info: 0, versionOfSymbol),
            (Type: 0x6ffffffe, Link: 1, Info: 1, needs),
            (Type: 4, Link: 2, Info: 0, relocation));
    }

    private static byte[] Assemble(params (int Type, int Link, int Info, byte[] Content)[] sections)
    {
        var file = new MemoryStream();
        var headers = new byte[HeaderSize * (sections.Length + 1)];
        file.Write(new byte[HeaderSize]);
        for (var i = 0; i < sections.Length; i++)
        {
            var (type, link, info, content) = sections[i];
            var header = HeaderSize * (i + 1);
            Put(headers, header + 4, type);
            Put(headers, header + 24, (int)file.Length);
            Put(headers, header + 32, content.Length);
            Put(headers, header + 40, link, info);
            file.Write(content);
        }

        var start = (int)file.Length;
        file.Write(headers);
        var image = file.ToArray();
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(image, 0);
        Put(image, 0x28, start);
        Put(image, 0x3a, (ushort)HeaderSize, (ushort)(sections.Length + 1));
        return image;
    }

    private static void Put(byte[] target, int at, params int[] values)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(target.AsSpan(at + (4 * i)), values[i]);
    }

    private static void Put(byte[] target, int at, params ushort[] values)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(at + (2 * i)), values[i]);
    }
}
