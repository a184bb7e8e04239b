using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Internals;

/// <summary>Our part of an ML.NET model file: a header with a checksum, and one side stream for weights where there are
/// some.</summary>
/// <param name="Signature">Eight characters that tell this kind of model from others.</param>
/// <param name="LoaderSignature">The name under which <see cref="LoadableClassAttribute"/> registers the class, 24 characters at
/// most.</param>
/// <param name="Version">The version that is written and read.</param>
/// <param name="Assembly">The assembly that registers the class; null for this one.</param>
internal sealed record ModelSection(
    string Signature, string LoaderSignature, uint Version = ModelSection.First, Assembly? Assembly = null)
{
    private const uint First = 0x00010001;
    private const string WeightsName = "Weights.bin";

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

    /// <exception cref="InvalidDataException">The header is damaged, or of another version.</exception>
    internal T Load<T>(ModelLoadContext context, Func<CheckedReader, T> header)
    {
        if (context.Header.ModelVerWritten is var written && written != Version)
            throw Damaged(
                $"it was written by another version of the library, with format {written:x8}, and this one reads {Version:x8}");
        context.CheckAtModel(VersionInfo());
        var stream = new MemoryStream(ReadHeader(context.Reader));
        return CheckedReader.Read(stream, stream.Length, Damaged, header);
    }

    /// <summary>Reads the header, and by it the weights, whose owner is the caller's to dispose.</summary>
    /// <exception cref="InvalidDataException">The header or the weights are damaged, or of another version.</exception>
    internal (THeader Header, TWeights Weights) Load<THeader, TWeights>(
        ModelLoadContext context, Func<CheckedReader, THeader> header, Func<THeader, Stream, TWeights> weights)
        where TWeights : IDisposable
    {
        var described = Load(context, header);
        TWeights read = default!;
        return context.TryLoadBinaryStream(
            WeightsName, reader => read = ReadWeights(reader.BaseStream, stream => weights(described, stream)))
            ? (described, read)
            : throw Damaged($"it has no '{WeightsName}'");
    }

    /// <summary>Makes what the header and the weights describe; the weights' owner is disposed where they do not go
    /// together.</summary>
    /// <exception cref="InvalidDataException">The parts of the file contradict each other.</exception>
    internal T Combine<T>(IDisposable weights, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException)
        {
            weights.Dispose();
            throw Damaged(CheckedReader.Reason(error));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    internal InvalidDataException Damaged(string why) =>
        new($"The model file cannot be read as {LoaderSignature}: {why}. Save the model again, or fetch an undamaged copy.");

    private T ReadWeights<T>(Stream stream, Func<Stream, T> weights)
        where T : IDisposable
    {
        T read;
        try
        {
            read = weights(stream);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or ExternalException)
        {
            throw Damaged(CheckedReader.Reason(error));
        }

        if (!stream.CanSeek || stream.Position >= stream.Length)
            return read;
        read.Dispose();
        throw Damaged($"'{WeightsName}' goes on for {stream.Length - stream.Position} bytes after the weights");
    }

    private byte[] ReadHeader(BinaryReader reader)
    {
        // ML.NET's own block follows, so that a length beyond the stream is beyond the header, too.
        var stream = reader.BaseStream;
        var left = stream.Length - stream.Position - sizeof(int) - SHA256.HashSizeInBytes;
        if (left < 0)
            throw Damaged("its header is cut short");
        var length = reader.ReadInt32();
        if (length < 0 || length > left)
            throw Damaged($"its header claims {length} bytes, and {left} bytes are there");
        var bytes = reader.ReadBytes(length);
        var checksum = reader.ReadBytes(SHA256.HashSizeInBytes);
        return SHA256.HashData(bytes).AsSpan().SequenceEqual(checksum)
            ? bytes
            : throw Damaged("its header does not match its checksum");
    }

    private VersionInfo VersionInfo() =>
        new(Signature, Version, Version, Version, (Assembly ?? typeof(ModelSection).Assembly).FullName, LoaderSignature);
}
