using System.Security.Cryptography;
using Microsoft.ML;

namespace ML.Robustness.Transforms.Internals;

/// <summary>Our part of an ML.NET model file: a header with a checksum, and one side stream for weights where there are
/// some.</summary>
/// <param name="Signature">Eight characters that tell this kind of model from others.</param>
/// <param name="LoaderSignature">The name under which <see cref="LoadableClassAttribute"/> registers the class, 24 characters at
/// most.</param>
/// <param name="Version">The version that is written; those before it are read, and told apart by
/// <see cref="VersionOf"/>.</param>
internal sealed record ModelSection(string Signature, string LoaderSignature, uint Version = ModelSection.First)
{
    private const uint First = 0x00010001;
    private const string WeightsName = "Weights.bin";
    private const int LargestHeader = 1 << 28;

    internal void Save(ModelSaveContext context, Action<BinaryWriter> header)
    {
        context.CheckAtModel();
        context.SetVersionInfo(VersionInfo());
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
            header(writer);
        var bytes = content.ToArray();
        context.Writer.Write(bytes.Length);
        context.Writer.Write(bytes);
        context.Writer.Write(SHA256.HashData(bytes));
    }

    internal void Save(ModelSaveContext context, Action<BinaryWriter> header, Action<Stream> weights)
    {
        Save(context, header);
        context.SaveBinaryStream(WeightsName, writer => weights(writer.BaseStream));
    }

    internal void Load(ModelLoadContext context, Action<BinaryReader> header)
    {
        context.CheckAtModel(VersionInfo());
        var bytes = ReadHeader(context.Reader);
        using var reader = new BinaryReader(new MemoryStream(bytes));
        header(reader);
    }

    internal void Load(ModelLoadContext context, Action<BinaryReader> header, Action<Stream> weights)
    {
        Load(context, header);
        if (!context.TryLoadBinaryStream(WeightsName, stream => weights(stream.BaseStream)))
            throw Damaged($"it has no '{WeightsName}'");
    }

    /// <summary>The version of the file that is read.</summary>
    internal static uint VersionOf(ModelLoadContext context) => context.Header.ModelVerWritten;

    internal InvalidDataException Damaged(string why) =>
        new($"The model file cannot be read as {LoaderSignature}: {why}. Save the model again, or fetch an undamaged copy.");

    private byte[] ReadHeader(BinaryReader reader)
    {
        try
        {
            var length = reader.ReadInt32();
            if (length is < 0 or > LargestHeader)
                throw Damaged($"its header claims {length} bytes");
            var bytes = reader.ReadBytes(length);
            var checksum = reader.ReadBytes(SHA256.HashSizeInBytes);
            if (bytes.Length < length || !SHA256.HashData(bytes).AsSpan().SequenceEqual(checksum))
                throw Damaged("its header does not match its checksum");
            return bytes;
        }
        catch (EndOfStreamException)
        {
            throw Damaged("its header is cut short");
        }
    }

    private VersionInfo VersionInfo() =>
        new(Signature, Version, Version, First, typeof(ModelSection).Assembly.FullName, LoaderSignature);
}
