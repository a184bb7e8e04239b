using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;

namespace GoldenTests;

/// <summary>A reference to an assembly with every type, field and method made public, for code that reaches the internals that the product reaches.</summary>
public static class OpenReference
{
    private const int VisibilityMask = 7;

    public static MetadataReference Create(string path)
    {
        var image = File.ReadAllBytes(path);
        using var file = new PEReader(new MemoryStream(image));
        var reader = file.GetMetadataReader();
        var start = file.PEHeaders.MetadataStartOffset;
        Raise(TableIndex.TypeDef, flagsAt: 0, flags => (ushort)(flags & ~VisibilityMask | ((flags & VisibilityMask) < 2 ? 1 : 2)));
        Raise(TableIndex.Field, flagsAt: 0, flags => (ushort)(flags & ~VisibilityMask | 6));
        Raise(TableIndex.MethodDef, flagsAt: 6, flags => (ushort)(flags & ~VisibilityMask | 6));
        return MetadataReference.CreateFromImage(image);

        void Raise(TableIndex table, int flagsAt, Func<ushort, ushort> open)
        {
            var size = reader.GetTableRowSize(table);
            var first = start + reader.GetTableMetadataOffset(table) + flagsAt;
            for (var row = 0; row < reader.GetTableRowCount(table); row++)
            {
                var flags = image.AsSpan(first + row * size, 2);
                BinaryPrimitives.WriteUInt16LittleEndian(flags, open(BinaryPrimitives.ReadUInt16LittleEndian(flags)));
            }
        }
    }
}
