using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an assembly and makes its internal types, methods and fields public in the copy, by setting the visibility bits of the
/// metadata's TypeDef, Field and MethodDef tables (ECMA-335, partition II, 22 to 24). Private members stay private: a public
/// field behind an event of the same name would be ambiguous. So do the types that compilers embed in every assembly.
/// </summary>
public class RaiseVisibility : Task
{
    private const int TypeRef = 1, TypeDef = 2, FieldPointer = 3, Field = 4, MethodPointer = 5, Method = 6, Parameter = 8;
    private const int ModuleReference = 26, TypeSpec = 27, AssemblyReference = 35;

    private byte[] _image;
    private int[] _rows;
    private int _stringIndex, _guidIndex, _blobIndex;

    public string Source { get; set; }

    public string Destination { get; set; }

    public override bool Execute()
    {
        try
        {
            _image = File.ReadAllBytes(Source);
            Raise();
            File.WriteAllBytes(Destination, _image);
            return true;
        }
        catch (Exception e)
            when (e is IOException || e is IndexOutOfRangeException || e is ArgumentException || e is InvalidDataException)
        {
            Log.LogError("RaiseVisibility: cannot make a compile-time copy of '{0}': {1}", Source, e.Message);
            return false;
        }
    }

    private void Raise()
    {
        int metadata = FindMetadata();
        int tables = FindStream(metadata, "#~");
        int strings = FindStream(metadata, "#Strings");

        byte heaps = _image[tables + 6];
        _stringIndex = (heaps & 1) != 0 ? 4 : 2;
        _guidIndex = (heaps & 2) != 0 ? 4 : 2;
        _blobIndex = (heaps & 4) != 0 ? 4 : 2;
        ulong present = BitConverter.ToUInt64(_image, tables + 8);
        _rows = new int[64];
        int position = tables + 24;
        for (int table = 0; table < 64; table++)
        {
            if ((present >> table & 1) == 0)
                continue;
            _rows[table] = BitConverter.ToInt32(_image, position);
            position += 4;
        }

        for (int table = 0; table <= Method; position += _rows[table] * RowSize(table), table++)
        {
            for (int row = 0; row < _rows[table]; row++)
            {
                int start = position + row * RowSize(table);
                if (table == TypeDef && !IsEmbeddedByCompilers(strings, start))
                    RaiseType(start);
                else if (table == Field)
                    RaiseMember(start);
                else if (table == Method)
                    RaiseMember(start + 6);
            }
        }
    }

    // A type: internal (0) becomes public (1); nested internal (5) nested public (2); nested private protected (6) nested
    // protected (4).
    private void RaiseType(int flags)
    {
        int visibility = _image[flags] & 7;
        int raised = visibility == 0 ? 1 : visibility == 5 ? 2 : visibility == 6 ? 4 : visibility;
        _image[flags] = (byte)(_image[flags] & ~7 | raised);
    }

    // A member: private protected (2) becomes protected (4); internal (3) and protected internal (5) become public (6).
    private void RaiseMember(int flags)
    {
        int access = _image[flags] & 7;
        int raised = access == 2 ? 4 : access == 3 ? 6 : access;
        _image[flags] = (byte)(_image[flags] & ~7 | raised);
    }

    private bool IsEmbeddedByCompilers(int strings, int type)
    {
        string space = Text(strings + Index(type + 4 + _stringIndex, _stringIndex));
        return space == "System" || space.StartsWith("System.", StringComparison.Ordinal)
            || space.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal);
    }

    private int RowSize(int table)
    {
        switch (table)
        {
            case 0: return 2 + _stringIndex + 3 * _guidIndex;
            case TypeRef: return Coded(2, 0, ModuleReference, AssemblyReference, TypeRef) + 2 * _stringIndex;
            case TypeDef: return 4 + 2 * _stringIndex + Coded(2, TypeDef, TypeRef, TypeSpec) + Simple(Field,
                FieldPointer) + Simple(Method, MethodPointer);
            case FieldPointer: return Simple(Field);
            case Field: return 2 + _stringIndex + _blobIndex;
            case MethodPointer: return Simple(Method);
            default: return 8 + _stringIndex + _blobIndex + Simple(Parameter);
        }
    }

    private int Simple(params int[] tables) => tables.Max(table => _rows[table]) < 0x10000 ? 2 : 4;

    private int Coded(int bits, params int[] tables) => tables.Max(table => _rows[table]) < 0x10000 >> bits ? 2 : 4;

    private int Index(int position, int size) =>
        size == 4 ? BitConverter.ToInt32(_image, position) : BitConverter.ToUInt16(_image, position);

    private string Text(int position)
    {
        int end = Array.IndexOf(_image, (byte)0, position);
        return Encoding.UTF8.GetString(_image, position, end - position);
    }

    private int FindMetadata()
    {
        int header = BitConverter.ToInt32(_image, 0x3C);
        if (BitConverter.ToUInt32(_image, header) != 0x00004550)
            throw new InvalidDataException("it is no portable executable.");
        int sections = BitConverter.ToUInt16(_image, header + 6);
        int optional = header + 24;
        bool wide = BitConverter.ToUInt16(_image, optional) == 0x20B;
        int firstSection = optional + BitConverter.ToUInt16(_image, header + 20);
        int runtimeHeader = Offset(BitConverter.ToInt32(_image, optional + (wide ? 112 : 96) + 14 * 8), firstSection, sections);
        return Offset(BitConverter.ToInt32(_image, runtimeHeader + 8), firstSection, sections);
    }

    private int Offset(int address, int firstSection, int sections)
    {
        for (int section = firstSection; section < firstSection + sections * 40; section += 40)
        {
            int start = BitConverter.ToInt32(_image, section + 12);
            if (address >= start && address < start + BitConverter.ToInt32(_image, section + 16))
                return address - start + BitConverter.ToInt32(_image, section + 20);
        }
        throw new InvalidDataException("it holds no managed code.");
    }

    private int FindStream(int metadata, string name)
    {
        int position = metadata + 16 + BitConverter.ToInt32(_image, metadata + 12);
        int streams = BitConverter.ToUInt16(_image, position + 2);
        position += 4;
        for (int stream = 0; stream < streams; stream++)
        {
            string found = Text(position + 8);
            if (found == name)
                return metadata + BitConverter.ToInt32(_image, position);
            position += 8 + (found.Length / 4 + 1) * 4;
        }
        throw new InvalidDataException("its metadata has no stream " + name + ".");
    }
}
