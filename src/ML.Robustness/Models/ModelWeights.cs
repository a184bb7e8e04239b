using System.Security.Cryptography;
using System.Text;
using ML.Robustness.Numerics;
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
    private const int LargestTable = 1 << 26;
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

    /// <summary>Reads weights into a network of the same architecture.</summary>
    /// <param name="stream">A readable stream at the section's begin; stays open, at its end.</param>
    /// <param name="model">The network, on any device. It keeps its own weights when this fails.</param>
    /// <exception cref="InvalidDataException">The section is not ours, newer, cut short or damaged, or of another
    /// architecture.</exception>
    public static void Read(Stream stream, Module model)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        var table = ReadTable(stream);
        var targets = model.state_dict();
        var names = Match(table, targets);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var values = new List<(Tensor Target, Tensor Value)>();
        foreach (var name in names)
        {
            var target = targets[name];
            var value = zeros(target.shape, target.dtype, CPU);
            Fill(stream, value.bytes);
            hash.AppendData(value.bytes);
            values.Add((target, value));
        }
        Verify(stream, hash.GetHashAndReset());

        using var quiet = no_grad();
        foreach (var (target, value) in values)
            target.copy_(value);
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

    private static byte[] ReadTable(Stream stream)
    {
        var begin = new byte[Magic.Length + 2 * sizeof(int)];
        Fill(stream, begin);
        if (!begin.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new InvalidDataException(
                "These are not weights of ML.Robustness: the section begins otherwise. Write them with ModelWeights.Write.");
        var version = BitConverter.ToInt32(begin, Magic.Length);
        if (version != Version)
            throw new InvalidDataException($"The weights are of format version {version}, this library reads version {Version}.");
        var length = BitConverter.ToInt32(begin, Magic.Length + sizeof(int));
        if (length is < 0 or > LargestTable)
            throw Damaged();
        var table = new byte[length];
        Fill(stream, table);
        Verify(stream, SHA256.HashData(table));
        return table;
    }

    /// <summary>The tensors' names in the order of the section, if they are the network's names.</summary>
    private static List<string> Match(byte[] table, Dictionary<string, Tensor> targets)
    {
        using var reader = new BinaryReader(new MemoryStream(table), Encoding.UTF8);
        var architecture = reader.ReadString();
        var names = new List<string>();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var name = reader.ReadString();
            var type = (ScalarType)reader.ReadSByte();
            var shape = new long[reader.ReadInt32()];
            for (var i = 0; i < shape.Length; i++)
                shape[i] = reader.ReadInt64();
            var found = Describe(type, shape);
            if (!targets.TryGetValue(name, out var target))
                throw Mismatch(architecture, $"the file has '{name}', {found}, which the network lacks");
            var expected = Describe(target.dtype, target.shape);
            if (found != expected)
                throw Mismatch(architecture, $"'{name}' is {expected} in the network but {found} in the file");
            names.Add(name);
        }
        foreach (var (name, target) in targets)
        {
            if (!names.Contains(name))
                throw Mismatch(architecture,
                    $"the network has '{name}', {Describe(target.dtype, target.shape)}, which the file lacks");
        }
        return names;
    }

    private static string Describe(ScalarType type, long[] shape) => $"{type} [{string.Join(", ", shape)}]";

    private static void Fill(Stream stream, Span<byte> target)
    {
        try
        {
            stream.ReadExactly(target);
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidDataException("The weights are cut short: the file ends inside them.", error);
        }
    }

    private static void Verify(Stream stream, byte[] expected)
    {
        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
        Fill(stream, stored);
        if (!stored.SequenceEqual(expected))
            throw Damaged();
    }

    private static InvalidDataException Damaged() => new("The weights are damaged: their checksum does not match.");

    private static InvalidDataException Mismatch(string architecture, string difference) =>
        new($"The weights{(architecture.Length > 0 ? $" of {architecture}" : "")} do not fit this network: {difference}.");
}
