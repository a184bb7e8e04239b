using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// The 256 bytes at the start of a model block, and what follows the block: the offsets of the strings' ends, the strings in UTF-16,
/// the name of the loader's assembly, a tail. All positions count from the header's first byte.
/// </summary>
internal sealed class ModelHeader
{
    public const int Size = 256;
    private const ulong HeadSignature = 0x4C45444F4D004C4D;
    private const ulong TailSignature = 0x4D4C004D4F44454C;
    private const uint CurrentVersion = 0x00010002;

    public ulong ModelSignature { get; private set; }

    public uint ModelVerWritten { get; private set; }

    public uint ModelVerReadable { get; private set; }

    public string LoaderSignature { get; private set; } = "";

    public string LoaderSignatureAlt { get; private set; } = "";

    public string LoaderAssemblyName { get; private set; }

    public string[] Strings { get; private set; } = [];

    public long ModelLength { get; private set; }

    public long Limit { get; private set; }

    public static byte[] Latin1(string text, int length)
    {
        text ??= "";
        Contracts.Check(text.Length <= length && text.All(character => character <= 0xFF), null);
        byte[] bytes = new byte[length];
        Encoding.Latin1.GetBytes(text, bytes);
        return bytes;
    }

    public void SetVersionInfo(VersionInfo version)
    {
        ModelSignature = version.ModelSignature;
        ModelVerWritten = version.VerWrittenCur;
        ModelVerReadable = version.VerReadableCur;
        LoaderSignature = version.LoaderSignature;
        LoaderSignatureAlt = version.LoaderSignatureAlt;
        LoaderAssemblyName = version.LoaderAssemblyName;
    }

    public void CheckVersionInfo(VersionInfo version)
    {
        Contracts.CheckDecode(ModelSignature == version.ModelSignature, "Unknown file type");
        Contracts.CheckDecode(ModelVerReadable <= ModelVerWritten, "Corrupt file header");
        if (ModelVerReadable > version.VerWrittenCur)
        {
            throw Contracts.ExceptDecode($"Cause: ML.NET {Release} cannont read component '{version.LoaderSignature}' of the model, because the model is too new.\n"
                + $"Suggestion: Make sure the model is trained with ML.NET {Release} or older.\n"
                + $"Debug details: Maximum expected version {ModelVerReadable}, got {version.VerWrittenCur}.");
        }
        if (ModelVerWritten < version.VerWeCanReadBack)
        {
            throw Contracts.ExceptDecode($"Cause: ML.NET {Release} cannot read component '{version.LoaderSignature}' of the model, because the model is too old.\n"
                + $"Suggestion: Make sure the model is trained with ML.NET {Release}.\n"
                + $"Debug details: Minimum expected version {ModelVerReadable}, got {version.VerWrittenCur}.");
        }
    }

    private static Version Release => typeof(VersionInfo).Assembly.GetName().Version;

    /// <summary>Writes what follows the model block, then the header in front of it.</summary>
    public void Finish(BinaryWriter writer, long start, IReadOnlyList<string> strings)
    {
        long modelEnd = Position();
        foreach (long end in Ends(strings))
            writer.Write(end);
        long charactersStart = Position();
        foreach (string text in strings)
            writer.Write(Encoding.Unicode.GetBytes(text));
        long charactersEnd = Position();
        writer.Write(Encoding.Unicode.GetBytes(LoaderAssemblyName ?? ""));
        long tail = Position();
        writer.Write(TailSignature);

        bool hasStrings = strings.Count > 0;
        bool hasAssembly = tail > charactersEnd;
        writer.Flush();
        writer.BaseStream.Position = start;
        writer.Write(HeadSignature);
        writer.Write(CurrentVersion);
        writer.Write(CurrentVersion);
        writer.Write((long)Size);
        writer.Write(modelEnd - Size);
        writer.Write(hasStrings ? modelEnd : 0);
        writer.Write(hasStrings ? charactersStart - modelEnd : 0);
        writer.Write(hasStrings ? charactersStart : 0);
        writer.Write(hasStrings ? charactersEnd - charactersStart : 0);
        writer.Write(ModelSignature);
        writer.Write(ModelVerWritten);
        writer.Write(ModelVerReadable);
        writer.Write(Latin1(LoaderSignature, 24));
        writer.Write(Latin1(LoaderSignatureAlt, 24));
        writer.Write(tail);
        writer.Write(tail + sizeof(ulong));
        writer.Write(hasAssembly ? charactersEnd : 0);
        writer.Write((uint)(tail - charactersEnd));
        writer.Flush();
        writer.BaseStream.Position = start + tail + sizeof(ulong);

        long Position()
        {
            writer.Flush();
            return writer.BaseStream.Position - start;
        }
    }

    /// <summary>Reads the header and what follows the model block; leaves the reader at the block.</summary>
    public static ModelHeader Read(BinaryReader reader)
    {
        long start = reader.BaseStream.Position;
        byte[] bytes = reader.ReadBytes(Size);
        Contracts.CheckDecode(bytes.Length == Size);
        using var fields = new BinaryReader(new MemoryStream(bytes));
        Contracts.CheckDecode(fields.ReadUInt64() == HeadSignature, "Wrong file type");
        uint written = fields.ReadUInt32();
        uint readable = fields.ReadUInt32();
        Contracts.CheckDecode(readable <= written, "Corrupt file header");
        Contracts.CheckDecode(readable <= CurrentVersion, "File is too new");
        Contracts.CheckDecode(written >= CurrentVersion, "File is too old");
        long model = fields.ReadInt64();
        long modelLength = fields.ReadInt64();
        long table = fields.ReadInt64();
        long tableLength = fields.ReadInt64();
        long characters = fields.ReadInt64();
        long charactersLength = fields.ReadInt64();
        var header = new ModelHeader
        {
            ModelSignature = fields.ReadUInt64(),
            ModelVerWritten = fields.ReadUInt32(),
            ModelVerReadable = fields.ReadUInt32(),
            LoaderSignature = Encoding.Latin1.GetString(fields.ReadBytes(24)).TrimEnd('\0'),
            LoaderSignatureAlt = Encoding.Latin1.GetString(fields.ReadBytes(24)).TrimEnd('\0'),
            ModelLength = modelLength,
        };
        long tail = fields.ReadInt64();
        header.Limit = fields.ReadInt64();
        long assembly = fields.ReadInt64();
        uint assemblyLength = fields.ReadUInt32();

        long modelEnd = model + modelLength;
        Contracts.CheckDecode(model == Size && modelLength >= 0);
        Contracts.CheckDecode(header.Limit == tail + sizeof(ulong) && header.Limit <= reader.BaseStream.Length - start);
        Contracts.CheckDecode(table == 0 || (table == modelEnd && tableLength >= 0 && tableLength % sizeof(long) == 0));
        Contracts.CheckDecode(table == 0 || (characters == table + tableLength && charactersLength >= 0));
        long textEnd = table == 0 ? modelEnd : characters + charactersLength;
        Contracts.CheckDecode(tail == textEnd + (assembly == 0 ? 0 : assemblyLength) && (assembly == 0 || assembly == textEnd));

        reader.BaseStream.Position = start + modelEnd;
        long[] ends = new long[table == 0 ? 0 : tableLength / sizeof(long)];
        for (int i = 0; i < ends.Length; i++)
            ends[i] = reader.ReadInt64();
        header.Strings = new string[ends.Length];
        for (int i = 0; i < ends.Length; i++)
        {
            long length = ends[i] - (i == 0 ? 0 : ends[i - 1]);
            Contracts.CheckDecode(length >= 0 && length % sizeof(char) == 0 && ends[i] <= charactersLength);
            header.Strings[i] = Encoding.Unicode.GetString(reader.ReadBytes((int)length));
        }
        if (assembly != 0)
            header.LoaderAssemblyName = Encoding.Unicode.GetString(reader.ReadBytes((int)assemblyLength));
        Contracts.CheckDecode(reader.BaseStream.Position == start + tail && reader.ReadUInt64() == TailSignature, "Corrupt model file tail");
        reader.BaseStream.Position = start + Size;
        return header;
    }

    private static IEnumerable<long> Ends(IEnumerable<string> strings)
    {
        long end = 0;
        foreach (string text in strings)
            yield return end += text.Length * sizeof(char);
    }
}
