#nullable disable
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace ML.Robustness.Build;

/// <summary>
/// Writes a copy of libLibTorchSharp.so that loads beside a libstdc++ older than GCC 13's. The library names the symbol version
/// GLIBCXX_3.4.32 without using a symbol of it; in the copy that version is marked weak (VER_FLG_WEAK), so that the loader does
/// without. One byte changes. A file that is not as expected is left alone, and a message says why. See docs/troubleshooting.md.
/// </summary>
public class RelaxGlibcxx : Task
{
    public const string Version = "GLIBCXX_3.4.32";

    /// <summary>The one symbol of that version; a libstdc++ that has it needs no relaxed copy.</summary>
    public const string Symbol = "_ZSt21ios_base_library_initv";

    [Required]
    public string Source { get; set; }

    [Required]
    public string Destination { get; set; }

    /// <summary>"true": always; "auto": where this machine's libstdc++ lacks the version; empty: never, but with a warning where
    /// it lacks it.</summary>
    public string Mode { get; set; }

    /// <summary>Whether the destination holds a relaxed copy of the source.</summary>
    [Output]
    public bool Relaxed { get; set; }

    public override bool Execute()
    {
        bool always = string.Equals(Mode, "true", StringComparison.OrdinalIgnoreCase);
        bool auto = string.Equals(Mode, "auto", StringComparison.OrdinalIgnoreCase);
        if (!always && !auto && !string.IsNullOrEmpty(Mode))
        {
            Log.LogError(
                "RelaxGlibcxx is '{0}': expected true (always), auto (where this machine needs it), false (never), or nothing.",
                Mode);
            return false;
        }

        if (!always && !IsLackedHere())
            return true;
        if (!always && !auto)
        {
            Log.LogWarning(null, "MLR0001", null, null, 0, 0, 0, 0,
                "TorchSharp will not load on a system like this one: {0} asks for {1} (GCC 13), and the libstdc++ here is older. "
                    + "Set <RelaxGlibcxx>true</RelaxGlibcxx> " +
                "in the project to put a copy that loads into the output folder, or false if the program runs elsewhere. See "
                    + "docs/troubleshooting.md of ML.Robustness.",
                Path.GetFileName(Source), Version);
            return true;
        }

        try
        {
            byte[] image = File.ReadAllBytes(Source);
            int flags = FindFlags(image);
            if (flags < 0)
                return true;
            image[flags] |= VersionIsWeak;
            Write(image);
            Relaxed = true;
        }
        catch (InvalidDataException e)
        {
            Log.LogMessage(MessageImportance.High, "RelaxGlibcxx leaves '{0}' as it is: {1}", Source, e.Message);
        }
        catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
        {
            Log.LogError("RelaxGlibcxx cannot write '{0}' from '{1}': {2}", Destination, Source, e.Message);
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>Beside, then renamed: the destination may be a link to somebody else's file. Nothing is written where nothing
    /// would change.</summary>
    private void Write(byte[] image)
    {
        if (File.Exists(Destination) && Same(File.ReadAllBytes(Destination), image))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Destination)));
        string beside = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(beside, image);
        File.Delete(Destination);
        File.Move(beside, Destination);
    }

    private static bool Same(byte[] one, byte[] other)
    {
        if (one.Length != other.Length)
            return false;
        for (int i = 0; i < one.Length; i++)
        {
            if (one[i] != other[i])
                return false;
        }
        return true;
    }

    // ELF, 64 bit, little endian:
    // https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
    private const uint DynamicSymbols = 11, Relocations = 4, VersionsOfSymbols = 0x6fffffff, VersionsNeeded = 0x6ffffffe;
    private const int SectionSize = 64, SymbolSize = 24, RelocationSize = 24;
    private const byte VersionIsWeak = 2;

    private struct Section
    {
        public uint Type, Link, Info;
        public int Offset, Size;
    }

    /// <summary>
    /// Finds the low byte of vna_flags of the entry that needs the version. Returns -1 where no library of that name and version
    /// is needed, throws <see cref="InvalidDataException"/> where the file is no library of the expected form or a symbol of the
    /// version is really used.
    /// </summary>
    public static int FindFlags(byte[] image)
    {
        if (image.Length < 64 || image[0] != 0x7f || image[1] != 'E' || image[2] != 'L' || image[3] != 'F')
            throw new InvalidDataException("it is no ELF file.");
        if (image[4] != 2 || image[5] != 1)
            throw new InvalidDataException("it is no 64-bit little-endian ELF file.");
        List<Section> sections = ReadSections(image);
        int needed = sections.FindIndex(section => section.Type == VersionsNeeded);
        if (needed < 0)
            return -1;
        int index;
        int flags = FindNeed(image, sections[needed], At(sections, sections[needed].Link), out index);
        if (flags >= 0)
            CheckUnused(image, sections, index);
        return flags;
    }

    private static List<Section> ReadSections(byte[] image)
    {
        int table = Length(image, 0x28), size = UInt16(image, 0x3a), count = UInt16(image, 0x3c);
        if (count > 0 && size != SectionSize)
            throw new InvalidDataException("its section headers have " + size + " bytes, not " + SectionSize + ".");
        if ((long)table + count * SectionSize > image.Length)
            throw new InvalidDataException("it is cut short: its section headers end beyond its " + image.Length + " bytes.");
        var sections = new List<Section>();
        for (int i = 0; i < count; i++)
        {
            int header = table + i * SectionSize;
            var section = new Section
            {
                Type = UInt32(image, header + 4),
                Link = UInt32(image, header + 40),
                Info = UInt32(image, header + 44)
            };
            const uint NoBits = 8;
            if (section.Type != NoBits)
            {
                section.Offset = Length(image, header + 24);
                section.Size = Length(image, header + 32);
                if ((long)section.Offset + section.Size > image.Length)
                    throw new InvalidDataException(
                        "it is cut short: section " + i + " ends at byte " + ((long)section.Offset + section.Size) + " of "
                            + image.Length + ".");
            }
            sections.Add(section);
        }
        return sections;
    }

    /// <summary>Walks the chain of libraries (Verneed) and under each the chain of versions (Vernaux).</summary>
    private static int FindNeed(byte[] image, Section needs, Section names, out int index)
    {
        int library = needs.Offset;
        for (uint left = needs.Info; left > 0; left--)
        {
            bool isLibrary = Name(image, names, UInt32(image, library + 4)) == "libstdc++.so.6";
            int version = Inside(needs, library, UInt32(image, library + 8));
            for (int versions = UInt16(image, library + 2); versions > 0; versions--)
            {
                if (isLibrary && Name(image, names, UInt32(image, version + 8)) == Version)
                {
                    index = UInt16(image, version + 6);
                    return version + 4;
                }
                version = Inside(needs, version, UInt32(image, version + 12));
            }
            library = Inside(needs, library, UInt32(image, library + 12));
        }
        index = 0;
        return -1;
    }

    /// <summary>A symbol that is never bound may be missing; one that a relocation names may not.</summary>
    private static void CheckUnused(byte[] image, List<Section> sections, int index)
    {
        int versions = sections.FindIndex(section => section.Type == VersionsOfSymbols);
        if (versions < 0)
            throw new InvalidDataException("it has no versions of symbols.");
        foreach (Section relocations in sections)
        {
            if (relocations.Type != Relocations || relocations.Link == 0 || At(sections, relocations.Link).Type != DynamicSymbols)
                continue;
            for (int i = 0; i < relocations.Size / RelocationSize; i++)
            {
                uint symbol = UInt32(image, relocations.Offset + i * RelocationSize + 12);
                if (symbol >= sections[versions].Size / 2)
                    throw new InvalidDataException("a relocation names symbol " + symbol + ", which it does not have.");
                if ((UInt16(image, sections[versions].Offset + 2 * (int)symbol) & 0x7fff) == index)
                    throw new InvalidDataException("it uses a symbol of " + Version + ".");
            }
        }
    }

    private static Section At(List<Section> sections, uint index)
    {
        if (index >= sections.Count)
            throw new InvalidDataException("it names section " + index + " of " + sections.Count + ".");
        return sections[(int)index];
    }

    private static int Inside(Section section, int position, uint step)
    {
        long next = position + (long)step;
        if (next > (long)section.Offset + section.Size)
            throw new InvalidDataException("its list of needed versions leaves its section.");
        return (int)next;
    }

    private static string Name(byte[] image, Section names, uint offset)
    {
        long start = names.Offset + (long)offset, limit = (long)names.Offset + names.Size;
        long end = start;
        while (end < limit && image[end] != 0)
            end++;
        if (end >= limit)
            throw new InvalidDataException("a name leaves its section.");
        return Encoding.ASCII.GetString(image, (int)start, (int)(end - start));
    }

    private static int Length(byte[] image, int position)
    {
        ulong value = UInt32(image, position) | (ulong)UInt32(image, position + 4) << 32;
        if (value > (ulong)image.Length)
            throw new InvalidDataException("it is cut short: byte " + value + " is asked for, it has " + image.Length + ".");
        return (int)value;
    }

    private static ushort UInt16(byte[] image, int position)
    {
        if (position < 0 || position + 2 > image.Length)
            throw new InvalidDataException("it is cut short.");
        return (ushort)(image[position] | image[position + 1] << 8);
    }

    private static uint UInt32(byte[] image, int position)
    {
        return UInt16(image, position) | (uint)UInt16(image, position + 2) << 16;
    }

    /// <summary>Whether this machine runs Linux with glibc and its libstdc++ has no such symbol.</summary>
    private static bool IsLackedHere()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            return false;
        try
        {
            const int Now = 2;
            IntPtr library = dlopen("libstdc++.so.6", Now);
            return library != IntPtr.Zero && dlvsym(library, Symbol, Version) == IntPtr.Zero;
        }
        catch (Exception e) when (e is DllNotFoundException || e is EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlopen(string name, int mode);

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlvsym(IntPtr library, string symbol, string version);
}
