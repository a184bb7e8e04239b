using System.Security.Cryptography;
using System.Text;
using ML.Robustness.Architectures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The serialisation of a network's parameters and buffers.</summary>
/// <remarks>
/// One section: "MLRW", version, length of the table; the table (architecture text, then name, element type and shape of each
/// tensor) and its SHA-256; the values, little-endian in the default layout, and theirs. A stream may hold more before and after
/// it. Reading verifies everything before it changes the first weight.
/// </remarks>
public static class ModelWeights
{
    private const int Version = 1;
    private static readonly byte[] Magic = "MLRW"u8.ToArray();

    /// <summary>Writes the weights to a stream.</summary>
    /// <param name="stream">A writable stream; stays open.</param>
    /// <param name="model">The network, on any device.</param>
    /// <param name="architecture">What the network is, for the error messages of a reader; see
    /// <see cref="ModelArchitecture.ToString"/>.</param>
    /// <exception cref="IOException">The stream fails.</exception>
    public static void Write(Stream stream, Module model, string architecture = "")
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(architecture);
        using var use = NativeLifetime.UseOf(model);
        using var scope = NewDisposeScope();
        var tensors = model.state_dict();
        var table = Table(tensors, architecture);

        stream.Write(Magic);
        stream.Write(BitConverter.GetBytes(Version));
        stream.Write(BitConverter.GetBytes(table.Length));
        stream.Write(table);
        stream.Write(SHA256.HashData(table));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors.Values)
        {
            using var values = NewDisposeScope();
            var bytes = tensor.detach().cpu().contiguous().bytes;
            hash.AppendData(bytes);
            stream.Write(bytes);
        }
        stream.Write(hash.GetHashAndReset());
    }

    /// <summary>The SHA-256 of the names and values of a network's parameters and buffers, in hexadecimal.</summary>
    internal static string Digest(Module model)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in model.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(value.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Reads weights into a network of the same architecture.</summary>
    /// <param name="stream">A readable stream at the section's begin; stays open, at its end.</param>
    /// <param name="model">The network, on any device. It keeps its own weights when this fails.</param>
    /// <exception cref="InvalidDataException">The section is not ours, of another version, cut short or damaged, or of another
    /// architecture.</exception>
    public static void Read(Stream stream, Module model)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(model);
        ReadTable(stream).ReadValues(stream, model);
    }

    /// <summary>Reads the table of a section, and leaves the stream at its values.</summary>
    /// <exception cref="InvalidDataException">The section is not ours, of another version, cut short or damaged, or claims more
    /// values than the stream has.</exception>
    internal static WeightTable ReadTable(Stream stream)
    {
        var begin = new byte[Magic.Length + 2 * sizeof(int)];
        WeightTable.Fill(stream, begin);
        if (!begin.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new InvalidDataException(
                "These are not weights of ML.Robustness: the section begins otherwise. Write them with ModelWeights.Write.");
        var version = BitConverter.ToInt32(begin, Magic.Length);
        if (version != Version)
            throw new InvalidDataException(
                $"The weights were written by another version of the library: they have format {version}, and this one reads "
                    + $"format {Version}.");
        return WeightTable.Read(stream, BitConverter.ToInt32(begin, Magic.Length + sizeof(int)));
    }

    private static byte[] Table(Dictionary<string, Tensor> tensors, string architecture)
    {
        using var table = new MemoryStream();
        using var writer = new BinaryWriter(table, Encoding.UTF8);
        writer.Write(architecture);
        writer.Write(tensors.Count);
        foreach (var (name, tensor) in tensors)
        {
            writer.Write(name);
            writer.Write((sbyte)tensor.dtype);
            var shape = tensor.shape;
            writer.Write(shape.Length);
            foreach (var size in shape)
                writer.Write(size);
        }
        writer.Flush();
        return table.ToArray();
    }
}
